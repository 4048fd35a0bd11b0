package demo

import "strings"

func englishTongue() *tongue {
	return &tongue{
		given: strings.Fields(`Olivia Jack Amelia Harry Isla Noah Freya Oscar Maisie Callum Priya Dylan Chloé Marcus Niamh Leroy
			Hannah Ravi Tamsin Elliot Grace Tobias Yasmin Owen Beatrix Malik`),
		family: strings.Fields(`Carver Whitlock Ashby Thornbury O’Rourke Pemberton Hale Fairchild Brontë-Jones McAllister Okafor Deshmukh Langford
			Winslow Greaves Holloway Penrose Sinclair Marlowe Atwood Birch Castellan Dunmore`),
		places: []place{
			{"London", 51.5074, -0.1278, "en-GB", british},
			{"Manchester", 53.4808, -2.2426, "en-GB", british},
			{"Edinburgh", 55.9533, -3.1883, "en-GB", british},
			{"Dublin", 53.3498, -6.2603, "en-IE", british},
			{"New York", 40.7128, -74.006, "en-US", american},
			{"Boston", 42.3601, -71.0589, "en-US", american},
		},
		firms:    strings.Fields("harbour-coffee.example ashby-law.example corner-bakery.example"),
		cases:    englishCases(),
		short:    englishShort(),
		products: lines("Primo espresso machine\nKorn 40 grinder\nbean subscription\nDelta kettle\nDuo portafilter\nWolke milk frother\nwinter gift box\nfilter set 60"),
		days:     strings.Fields("Monday Tuesday Wednesday Thursday Friday"),
		channels: lines("Instagram\nWhatsApp\ne-mail\nphone\nTelegram\ntext message"),
		lives: lines(`Runs a small coffee shop in {place}.
			Reviews kitchen gadgets – the {product} did well.
			Collects cast-iron grinders and asks for odd spare parts.
			Works night shifts and reads messages late.
			Two dogs, one workbench, little patience with hotlines. 😊
			Teaches chemistry; likes precise answers.`),
		takenOver: lines(`Taken over from the old system: regular customer, pays by direct debit.
			Taken over from the old system: invoices by e-mail only.
			Taken over from the old system: record incomplete, ask for the address.`),
		honours: lines(`Key account, looks after twelve branches
			Writes publicly about our products
			Handle with special care after the recall
			Won the anniversary prize
			Tests prototypes for the engineers`),
		farewells: lines(`The campaign is over
			Asked for normal treatment again
			The branches were sold`),
		money:    "€%d.%02d",
		talk:     "Call with {name}, {day}, {time}:",
		quoted:   "Writes: “{quote}” – happy with the quick help. An answer in English is fine.",
		protocol: "Full record of case {order} ({place}), because several teams are involved:",
		added: lines(`PS: done on {day}.
			PS: prefers an answer by {channel} after all.
			Correction: this is about order {order}.`),
	}
}

func englishShort() []string {
	return lines(`Prefers a call in the afternoon.
		First names are fine.
		Writes with plenty of emoji 🙂☕ and likes them back.
		Please do not ring before {time}, works nights.
		Hard of hearing: write rather than call.
		Always quote the order number on invoices.
		Deliver to the parcel locker only.
		Very friendly, thanked the whole team.
		Was upset – next time, ask about {order} first.
		Speaks for all the tenants of the house in {place}.
		Promised a voucher of {amount}.
		No marketing calls, please.`)
}

func englishCases() [][]string {
	return parts(`
Asks when the {product} (order {order}) will arrive. | The warehouse ships it on {day}; told them by {channel}. | Check on {later} that the tracking number is there.
The {product} arrived with a cracked case, photos are attached. | Replacement sent as {order}, the return is free. | Promised an update by {channel} until {later}.
The invoice for {order} is {amount} too high. | Accounting agrees: the discount was not booked. | A credit note of {amount} follows by {day}.
Wants to pause the bean subscription for six weeks (holiday). | Pause entered; it resumes by itself. | Remind them on {day} before the next delivery.
The {product} no longer heats properly, descaling did not help. | Probably the thermostat, still under guarantee. | The technician in {place} calls on {day} at about {time}.
Has moved; the new delivery address is in {place}. | Address changed in the shop, open order {order} redirected. | Confirmation sent by {channel}.
Wants to cancel the service contract because the machine was sold. | Cancelled as of the end of the month, last rate {amount}. | Ask whether the new owners want to take it over.
Is interested in the {product} but hesitates over the price ({amount}). | Offered a demonstration in {place} on {day} at {time}. | Send a quotation with the school discount afterwards.
Complains about a long wait on {day}. | Apologised and waived the delivery charge ({amount}). | Please take them first next time.
Ordered twice by mistake ({order}). | Cancelled the second order, nothing had been sent. | The money is back by {later}.
The courier says delivered on {day}, but nothing came. | Asked the courier to investigate. | If nothing turns up by {later}: send another {product}.
Asks whether the {product} runs on 110 volts (moving abroad). | Engineering says no; recommended the overseas model. | Promised a comparison by {channel}, about {amount} difference.
Asks what data we keep. | Passed on to the data protection officer, receipt confirmed. | Mind the deadline: an answer within four weeks.
Needs a spare part: seal for the {product}. | In stock, {amount} including postage. | Order {order} placed, ships on {day}.
`)
}
