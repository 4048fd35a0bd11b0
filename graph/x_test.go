package graph_test
import ("testing";"net/http";"strings";"fmt")
func TestX(t *testing.T) {
	w := newFullWorld(t)
	const M = "zebra42"
	for _, accept := range []string{"application/json","application/graphql-response+json"} {
	for _, b := range []string{
		`{"query":"{ zebra42 }"}`, `{"query":"{ contact(zebra42:1){id} }"}`, `{"query":"{ contact(id:\"a\"){... on zebra42{id}} }"}`,
		`{"query":"{ contact(id:zebra42){id} }"}`, `{"query":"{ contacts(first:\"zebra42\"){nodes{id}} }"}`,
		`{"query":"{ contacts(first:{zebra42:1}){nodes{id}} }"}`,
		`{"query":"query($f:Int){ contacts(first:$f){nodes{id}} }","variables":{"f":"zebra42"}}`,
		`{"query":"query($f:Int){ contacts(first:$f){nodes{id}} }","variables":{"f":null}}`,
		`{"query":"query($f:Int){ contacts(first:$f){nodes{id}} }","variables":{"f":1e3}}`,
		`{"query":"query($f:Int){ contacts(first:$f){nodes{id}} }","variables":{"f":2147483648}}`,
		`{"query":"{ contacts(first:2147483648){nodes{id}} }"}`,
		`{"query":"{ contacts(first:99999999999999999999){nodes{id}} }"}`,
		`{"query":"{ contacts(first:1e3){nodes{id}} }"}`,
		`{"query":"query($f:ContactFilter){ contacts(filter:$f){nodes{id}} }","variables":{"f":{"zebra42":1}}}`,
		`{"query":"query($f:ContactFilter){ contacts(filter:$f){nodes{id}} }","variables":{"f":{"networks":["zebra42"]}}}`,
		`{"query":"query($f:ContactFilter){ contacts(filter:$f){nodes{id}} }","variables":{"f":{"networks":["instagram"]}}}`,
		`{"query":"query($f:ContactFilter){ contacts(filter:$f){nodes{id}} }","variables":{"f":{"networks":"INSTAGRAM"}}}`,
		`{"query":"query($f:ContactFilter){ contacts(filter:$f){nodes{id}} }","variables":{"f":{"networks":[5]}}}`,
		`{"query":"{ contacts(filter:{networks:[zebra42]}){nodes{id}} }"}`,
		`{"query":"{ contacts(filter:{networks:[instagram]}){nodes{id}} }"}`,
		`{"query":"{ contacts(filter:{networks:[\"INSTAGRAM\"]}){nodes{id}} }"}`,
		`{"query":"query($id:ID!){ contact(id:$id){id} }","variables":{"id":{"$ne":"zebra42"}}}`,
		`{"query":"query($id:ID!){ contact(id:$id){id} }","variables":{"id":5}}`,
		`{"query":"query($id:ID!){ contact(id:$id){id} }","variables":{}}`,
		`{"query":"query($id:ID!){ contact(id:$id){id} }","variables":{"id":["zebra42"]}}`,
		`{"query":"query A{viewer{id}} query B{viewer{id}}","operationName":"zebra42"}`,
		`{"query":"query A{viewer{id}} query B{viewer{id}}"}`,
		`{"query":"{ viewer{id} } { limits{noteLength} }"}`,
		`{"query":"{ \"zebra42\" }"}`, `{"query":"{ viewer{id} zebra42("}`, `{"query":"query zebra42 { viewer {"}`, `{"query":"zebra42"}`,`{"query":"{viewer{id}} # zebra42 \u0000"}`,
		`{"query":"{ viewer(x:\"\"\"zebra42"}`, `{"query":"{ viewer(x:\"zebra42"}`,
		`{"query":"subscription { zebra42 }"}`,`{"query":"subscription { __typename }"}`,
		`{"query":"{ viewer @zebra42 {id} }"}`, `{"query":"{ viewer { id { zebra42 } } }"}`,  `{"query":"{ viewer }"}`,
		`{"query":"query($zebra42:Int){ viewer {id} }"}`,`{"query":"query($a:zebra42){ viewer {id} }"}`,
		`{"query":"{ ...zebra42 }"}`, `{"query":"fragment zebra42 on Viewer {id} {viewer{id}}"}`,
		`{"query":"{ a:viewer{id} a:limits{noteLength} }"}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"c","key":"k","expectedVersion":0,"values":[{"text":"zebra42","number":1}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"c","key":"k","values":[{"text":"zebra42"}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"c","key":"k","expectedVersion":null,"values":[{"text":"zebra42"}]}}}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"c\",key:\"k\",values:[{text:\"zebra42\"}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:-1,values:[{text:\"zebra42\"}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[{text:\"zebra42\",number:1}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[{text:null}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[{}]}){problems{code}} }"}`,
		`{"query":"mutation($t:String){ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[{text:$t}]}){problems{code}} }","variables":{"t":null}}`,
		`{"query":"mutation($t:String){ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[{text:$t}]}){problems{code}} }"}`,
		`{"query":"mutation($t:AttributeValueInput!){ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[$t]}){problems{code}} }","variables":{"t":{"text":"a","number":3}}}`,
		`{"query":"mutation($t:AttributeValueInput!){ setAttribute(input:{contactId:\"c\",key:\"k\",expectedVersion:0,values:[$t]}){problems{code}} }","variables":{"t":{}}}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"contact_full\",key:\"zebra42\",expectedVersion:0,values:[{text:5}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"contact_full\",key:\"followers\",expectedVersion:0,values:[{number:\"5\"}]}){problems{code}} }"}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"k","expectedVersion":0,"values":[{"text":5}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"k","expectedVersion":"5","values":[{"text":"5"}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"k","expectedVersion":0,"values":[{"number":"5"}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"k","expectedVersion":0,"values":[{"number":1e400}]}}}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"followers","expectedVersion":0,"values":[{"number":9007199254740993}]}}}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"contact_full\",key:\"followers\",expectedVersion:0,values:[{number:1e400}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"contact_full\",key:\"followers\",expectedVersion:0,values:[{number:9007199254740993}]}){problems{code}} }"}`,
		`{"query":"mutation{ setAttribute(input:{contactId:\"contact_full\",key:\"followers\",expectedVersion:0,values:[{number:99999999999999999999999}]}){problems{code}} }"}`,
		`{"query":"mutation($i:SetAttributeInput!){ setAttribute(input:$i){problems{code}} }","variables":{"i":{"contactId":"contact_full","key":"followers","expectedVersion":0,"values":{"number":3},"zebra42":1}}}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"zebra\\uD800\"}){note{body} problems{code}} }"}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"\\u{D800}\"}){note{body} problems{code}} }"}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"\\u{1F600}\"}){note{body} problems{code}} }"}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"\\uD83D\\uDE00\"}){note{body} problems{code}} }"}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"\"\"a \\uD800 b\"\"\"}){note{body} problems{code}} }"}`,
		`{"query":"mutation{ addNote(input:{contactId:\"contact_full\",body:\"\"\"a \\u0041 \\\"\"\" b\"\"\"}){note{body} problems{code}} }"}`,
		`{"query":"{ ` + strings.Repeat("x ", 40) + ` }"}`,
		`{"query":"{ ` + strings.Repeat("viewer{id} ", 400) + ` }"}`,
		`{"query":"{ viewer ` + strings.Repeat("@skip(if:false) ", 60) + ` {id} }"}`,
		`{"query":"{ __schema { types { name } } }"}`,`{"query":"{ viewer {...a} } fragment a on Viewer { __typename }"}`,
		`{"query":"{ ...a } fragment a on Query { __type(name:\"Contact\") { name } }"}`,
	} {
		a := w.send(t, request{header: http.Header{"Accept":{accept}}, body: strings.NewReader(b)})
		if accept == "application/json" {
		mark := "  "
		if strings.Contains(string(a.body), M) { mark = "!!" }
		if len(b) > 130 { b = b[10:30]+"…"+b[len(b)-100:] }
		fmt.Printf("%s %d %s\n        %.420s\n", mark, a.status, b, a.body) }
		if accept != "application/json" && a.status == 200 { fmt.Printf("200 %.100s %.200s\n", b, a.body)}
	}}
	fmt.Println(w.log.take())
}
