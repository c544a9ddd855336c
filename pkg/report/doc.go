// Package report writes what a capture holds as one page of HTML, which needs
// no network and no other files.
//
//	codec.Record ──▶ Writer ──▶ page.html
//
// The page is built in the reader's browser. What it is built of stands in it
// as elements of two kinds, each holding a gzip stream in base64 of a JSON
// array, so that a page of a hundred thousand records opens at once:
//
//	<script type="text/plain" class="rows">     rows of up to 2000 records
//	<script type="text/plain" class="details">  their details, 200 at a time
//
// Rows are read when the page opens, details when a record is looked at. A
// row is
//
//	[conn, dir, seq, time, offset, length, kind, type, brief, odd, asks, reply conn, reply seq, elapsed]
//
// with times in microseconds since the first record, or null; a kind of 0 for
// a frame, 1 for bytes that are none, 2 for a gap; what is wrong or odd about
// it, or ""; and asks as 1 when it wants an answer. The last three are there
// when it answers a record. Details are
//
//	[wire, bytes in base64, bytes left out, fields, decoded, remarks]
//	field   [name, start, end, value, note, depth, secret]
//	decoded [how, bytes in base64, bytes left out, fields], or null
//	remark  [code, text, start, end]
//
// with spans from the record's first byte. Of a secret there are as many
// zeros as it has bytes.
package report
