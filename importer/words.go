package importer

import "strings"

// tongue is the languages that a word of a header belongs to.
type tongue int

const (
	german tongue = 1 << iota
	english
)

func tongueOf(locale string) tongue {
	switch language, _, _ := strings.Cut(strings.ToLower(locale), "-"); language {
	case "de":
		return german
	case "en":
		return english
	default:
		return 0
	}
}

// style is how a file writes numbers and dates.
type style int

const (
	styleUnknown style = iota // what German and English read differently is refused
	styleGerman
	styleEnglish
)

// style decides by the header, once for the file. Keys of definitions are English words in most organisations, so that they
// tell English only where no other word tells German; words of both languages tell nothing, and a header that is German and
// English leaves the style open.
func (v *vocabulary) style(header []string) style {
	var de, en, keys int
	for _, name := range header {
		name = strings.TrimSpace(name)
		if rest, _, ok := cutNumber(name); ok && v.tongues[fold(name)] == 0 {
			name = rest
		}
		_, isKey := v.keys[fold(name)]
		switch v.tongues[fold(name)] {
		case german:
			de++
		case english:
			if isKey {
				keys++
			} else {
				en++
			}
		}
	}
	switch {
	case de > 0 && en == 0:
		return styleGerman
	case de == 0 && en+keys > 0:
		return styleEnglish
	default:
		return styleUnknown
	}
}

// synonyms are headers of spreadsheets and of the exports of Outlook, Google Contacts, HubSpot, Salesforce and merchandise
// management. Several columns for one list, such as home and work addresses, all add to it. The last row only tells the
// language of columns that are left out.
var synonyms = []struct{ key, german, english, both string }{ //nolint:gochecknoglobals // a table that nothing writes
	{
		key: "customer_number", german: "Kundennummer,Kundennr,Kunden-Nr,Kd-Nr,KdNr,Kunden-ID,Debitor,Debitorennummer,Debitoren-Nr,Debitorenkonto",
		english: "customer number,customer no,customer id,client number,client id",
	},
	{
		key: "name", german: "vollständiger Name,Anzeigename,Kontaktname,Kundenname,Ansprechpartner",
		english: "full name,display name,contact name,customer name", both: "name",
	},
	{key: "first_name", german: "Vorname", english: "first name,given name,forename"},
	{key: "middle_name", german: "zweiter Vorname,weitere Vornamen", english: "middle name,additional name"},
	{key: "last_name", german: "Nachname,Familienname,Zuname", english: "last name,surname,family name"},
	{
		key: "email", german: "E-Mail-Adresse,E-Mail-Anschrift,Mailadresse,E-Mail privat,E-Mail geschäftlich,E-Mail (privat),E-Mail (geschäftlich)",
		english: "email address,mail address,email value,primary email,work email,home email,email work,email home", both: "email,mail",
	},
	{
		key: "phone", german: "Telefon,Telefonnummer,Telefon-Nr,Tel-Nr,Rufnummer,Festnetz,Mobil,Mobiltelefon,Mobilnummer,Handy,Handynummer," +
			"Telefon privat,Telefon geschäftlich,Telefon mobil",
		english: "phone,phone number,phone value,telephone,telephone number,mobile,mobile phone,mobile number,mobile phone number," +
			"cell,cell phone,home phone,business phone,work phone,other phone,primary phone", both: "tel",
	},
	{
		key: "website", german: "Webseite,Internetseite,Internetadresse,Webadresse", english: "web page,website url,website value",
		both: "website,homepage,url",
	},
	{key: "language", german: "Sprache,bevorzugte Sprache,Korrespondenzsprache", english: "language,preferred language"},
	{key: "biography", german: "Biografie,Biographie,über mich", english: "biography,about,about me", both: "bio"},
	{key: "location", german: "Standort,Ort,Wohnort,Stadt", english: "location,city,town"},
	{key: "followers", german: "Follower,Abonnenten,Anzahl Follower,Followerzahl", english: "followers,follower count,number of followers"},
	{key: "membership", german: "Mitgliedschaft,Mitgliedsstufe,Mitgliedsstatus", english: "membership,membership level"},
	{key: "customer_since", german: "Kunde seit,Kundin seit", english: "customer since,client since"},
	{key: "network", german: "Netzwerk,soziales Netzwerk,Kanal,Plattform", english: "network,social network,channel,platform"},
	{key: "handle", german: "Benutzername,Nutzername,Profil", english: "handle,username,user name"},
	{key: "profile_name", german: "Profilname", english: "profile name"},
	{key: "profile_url", german: "Profil-URL,Profiladresse,Profil-Link", english: "profile url,profile link"},
	{key: "avatar_url", german: "Bild,Bild-URL,Foto,Profilbild", english: "avatar url,picture,picture url,photo,photo url,image url", both: "avatar"},
	{key: "vip", german: "VIP-Kunde", english: "is vip", both: "vip"},
	{key: "note", german: "Notiz,Notizen,Bemerkung,Bemerkungen,Anmerkung,Anmerkungen,Kommentar", english: "note,notes,comment,comments,remark,remarks"},
	{
		german:  "Anrede,Straße,Hausnummer,PLZ,Postleitzahl,Land,Bundesland,Firma,Unternehmen,Abteilung,Beruf,Geburtstag,Geburtsdatum",
		english: "salutation,street,address,zip,zip code,postal code,country,state,company,department,job title,birthday,date of birth",
	},
}
