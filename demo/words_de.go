package demo

import "strings"

func germanTongue() *tongue {
	return &tongue{
		isGerman: true,
		given: strings.Fields(`Lena Lüder Käthe Matthias Sören Ayşe Jonas Marlene Günther Franziska Björn Annika Tilman Heike Mehmet Ursula
			Florian Brigitte Kevin Theresa Hans-Detlef Anne-Marie Jörg Silke Moritz Rosalie Emre Dörte Pascal Gesine`),
		family: strings.Fields(`Weber Müller Groß Krüger Schäfer Löwenstein Hartmann Öztürk Strauß Vogel Böhm Lindner Kowalski Jäger
			Weiß Brandt Fröhlich Sommerfeld Demir Kühn Lorenz Ackermann Schönfeld Petersen Übelacker Meißner Haas-Neumann Dittrich`),
		places: []place{
			{"Berlin", 52.52, 13.405, "de", german},
			{"Hamburg", 53.5511, 9.9937, "de", german},
			{"München", 48.1371, 11.5754, "de", german},
			{"Köln", 50.9375, 6.9603, "de", german},
			{"Görlitz", 51.1528, 14.9872, "de", german},
			{"Tübingen", 48.5216, 9.0576, "de", german},
			{"Wien", 48.2082, 16.3738, "de-AT", german},
			{"Zürich", 47.3769, 8.5417, "de-CH", german},
		},
		firms:    strings.Fields("bäckerei-weiß.example kanzlei-nord.example café-süd.example werkstatt.example"),
		cases:    germanCases(),
		short:    germanShort(),
		products: lines("Espressomaschine Primo\nMühle Korn 40\nBohnenabo\nWasserkocher Delta\nSiebträger Duo\nMilchaufschäumer Wolke\nGeschenkbox Winter\nFilterset 60"),
		days:     strings.Fields("Montag Dienstag Mittwoch Donnerstag Freitag"),
		channels: strings.Fields("Instagram WhatsApp E-Mail Telefon Telegram SMS"),
		lives: lines(`Betreibt ein kleines Café in {place}.
			Kocht seit Jahren mit der {product} und berichtet darüber.
			Sammelt historische Kaffeemühlen – am liebsten aus Gusseisen.
			Arbeitet im Schichtdienst, liest Nachrichten erst abends.
			Hat zwei Hunde, eine Werkbank und wenig Geduld mit Hotlines. 😊
			Unterrichtet Chemie; fragt gern genau nach.`),
		takenOver: lines(`Aus dem alten System übernommen: Stammkundschaft, zahlt per Lastschrift.
			Aus dem alten System übernommen: Rechnungen bitte nur per E-Mail.
			Aus dem alten System übernommen: Akte unvollständig, Adresse erfragen.`),
		honours: lines(`Großkunde, betreut zwölf Filialen
			Berichtet öffentlich über unsere Produkte
			Nach der Rückrufaktion besonders aufmerksam betreuen
			Gewinner des Jubiläumspreises
			Testet Prototypen für die Entwicklung`),
		farewells: lines(`Aktion ist beendet
			Auf eigenen Wunsch wieder normal betreut
			Filialen wurden verkauft`),
		money:    "%d,%02d €",
		talk:     "Telefonat mit {name}, {day}, {time} Uhr:",
		quoted:   "Schreibt: „{quote}“ – freut sich über die schnelle Hilfe. Antwort auf Deutsch ist in Ordnung.",
		protocol: "Ausführliches Protokoll zum Vorgang {order} ({place}), weil mehrere Teams beteiligt sind:",
		added: lines(`Nachtrag: {day} erledigt.
			Nachtrag: doch lieber per {channel} melden.
			Korrektur: Es geht um Bestellung {order}.`),
	}
}

func germanShort() []string {
	return lines(`Bevorzugt Rückruf am Nachmittag.
		Bitte siezen.
		Duzt gern, schreibt mit vielen Emojis 🙂☕
		Nicht vor {time} Uhr anrufen, arbeitet nachts.
		Hört schlecht: lieber schreiben als anrufen.
		Rechnungen immer mit Bestellnummer, sonst kommt eine Rückfrage.
		Lieferung nur an die Packstation.
		Sehr freundlich, hat sich ausdrücklich bedankt.
		War verärgert – beim nächsten Kontakt zuerst nach {order} fragen.
		Spricht für die ganze Hausgemeinschaft in {place}.
		Gutschein über {amount} zugesagt.
		Will keine Werbung per Telefon.`)
}

func germanCases() [][]string {
	return parts(`
Fragt nach dem Liefertermin für {product} (Bestellung {order}). | Laut Lager geht die Sendung am {day} raus, per {channel} mitgeteilt. | {later} prüfen, ob die Sendungsnummer da ist.
{product} kam mit gerissenem Gehäuse an, Fotos liegen vor. | Ersatz unter {order} veranlasst, die Rücksendung ist kostenlos. | Rückmeldung per {channel} bis {later} versprochen.
Rechnung zu {order} weist {amount} zu viel aus. | Mit der Buchhaltung geklärt: Rabatt war nicht gebucht. | Gutschrift über {amount} kommt bis {day}.
Möchte das Bohnenabo für sechs Wochen pausieren (Urlaub). | Pause eingetragen, läuft danach von selbst weiter. | Am {day} vor der nächsten Lieferung kurz erinnern.
{product} heizt nicht mehr richtig, Entkalken hat nicht geholfen. | Ferndiagnose: vermutlich das Thermostat, Garantie läuft noch. | Techniker aus {place} meldet sich am {day} gegen {time} Uhr.
Ist umgezogen, neue Lieferadresse in {place}. | Adresse im Shop geändert, offene Bestellung {order} umgeleitet. | Bestätigung per {channel} geschickt.
Will den Wartungsvertrag kündigen, weil die Maschine verkauft ist. | Kündigung zum Monatsende bestätigt, letzte Rate {amount}. | Nachfragen, ob der Vertrag auf die neuen Besitzer übergehen soll.
Interessiert sich für {product}, schwankt wegen des Preises ({amount}). | Vorführgerät in {place} angeboten, Termin am {day} um {time} Uhr. | Danach ein Angebot mit Schulrabatt schicken.
Beschwert sich über lange Wartezeit am {day}. | Entschuldigt und Versandkosten ({amount}) erlassen. | Beim nächsten Kontakt bitte bevorzugt drannehmen.
Hat versehentlich doppelt bestellt ({order}). | Zweite Bestellung storniert, noch nichts verschickt. | Geld ist bis {later} zurück auf dem Konto.
Paket laut Zusteller am {day} abgegeben, ist aber nicht angekommen. | Nachforschung beim Zusteller gestartet. | Wenn bis {later} nichts kommt: {product} neu verschicken.
Fragt, ob {product} auch mit 110 Volt läuft (zieht ins Ausland). | Technik sagt nein; Modell für Übersee empfohlen. | Preisvergleich per {channel} zugesagt, Differenz etwa {amount}.
Möchte Auskunft, welche Daten wir gespeichert haben. | An den Datenschutz weitergeleitet, Eingang bestätigt. | Frist im Blick behalten, Antwort spätestens in vier Wochen.
Ersatzteil gesucht: Dichtung für {product}. | Teil ist lieferbar, {amount} inklusive Versand. | Bestellung {order} angelegt, Versand am {day}.
`)
}
