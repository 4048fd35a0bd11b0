package demo

import "strings"

// traveller is somebody whose name is written in another way than German and English names.
type traveller struct {
	name  string
	user  string // in ASCII
	tag   string // BCP 47
	quote string
}

// travellers bring scripts from right to left, without spaces, with marks and with emoji into the list.
func travellers() []traveller {
	return []traveller{
		{"ليلى حداد", "layla.haddad", "ar", "شكرًا جزيلًا على المساعدة السريعة!"},
		{"山田 花子", "yamada.hanako", "ja", "迅速なご対応、ありがとうございます。"},
		{"Lina 🌻 Sommer", "lina.sommer", "de", "Danke, ihr seid großartig! 🌻🌻"},
		{"ישראלה ישראלי", "israela.israeli", "he", "תודה רבה על העזרה המהירה"},
		{"王小明", "wang.xiaoming", "zh-Hans", "谢谢，问题已经解决了。"},
		{"Ελένη Παπαδοπούλου", "eleni.papadopoulou", "el", "Ευχαριστώ πολύ για τη γρήγορη βοήθεια."},
		{"홍길동", "hong.gildong", "ko", "빠른 답변 감사합니다."},
		{"Ольга Іваненко", "olha.ivanenko", "uk", "Дуже дякую за швидку допомогу!"},
		{"سامي الخطيب", "sami.alkhatib", "ar", "وصل الطلب B-300112 اليوم، شكرًا."},
		{"Łukasz Wójcik", "lukasz.wojcik", "pl", "Dziękuję za szybką pomoc."},
		{"DJ 🎧 Pauli", "dj.pauli", "de", "Läuft wieder 🎶 merci!"},
		{"Çağla Yıldız", "cagla.yildiz", "tr", "Hızlı yardımınız için teşekkürler."},
		{"Nguyễn Thị Hoa", "nguyen.thi.hoa", "vi", "Cảm ơn vì đã hỗ trợ nhanh."},
		{"प्रिया शर्मा", "priya.sharma", "hi", "तुरंत मदद के लिए धन्यवाद।"},
		{"Þórdís Jónsdóttir", "thordis.jonsdottir", "is", "Takk fyrir skjóta hjálp."},
		{"สมหญิง ใจดี", "somying.jaidee", "th", "ขอบคุณสำหรับความช่วยเหลือค่ะ"},
		{"Zoe\u0308 Lefe\u0300vre", "zoe.lefevre", "fr", "Merci pour votre aide rapide !"}, // marks of their own, as some keyboards send them
		{"Familie Vogel 👨‍👩‍👧", "familie.vogel", "de", "Die Kinder sagen auch danke 👨‍👩‍👧"},
		{"Søren Østergaard", "soren.ostergaard", "da", "Tak for den hurtige hjælp."},
		{"Íñigo Núñez", "inigo.nunez", "es", "¡Gracias por la ayuda tan rápida!"},
		{"佐藤 桜子", "sato.sakurako", "ja", "領収書をお願いします。"},
		{"Erzsébet Szőke", "erzsebet.szoke", "hu", "Köszönöm a gyors segítséget."},
		{"João Gonçalves", "joao.goncalves", "pt", "Obrigado pela ajuda rápida."},
		{"دانا کریمی", "dana.karimi", "fa", "از پاسخ سریع شما سپاسگزارم."},
	}
}

// nicknames are what people call themselves where nobody asks for a name.
func nicknames() []string {
	return strings.Fields(`sonnenblume kaffeetante nordlicht bohnenkoenig mokka_mia wanderlust tinkerer crema_fan stadtfuchs
		rainy_day espressoholic pixel_otter`)
}
