// Package hg reads and writes the frames of Mercurial's wire protocol.
//
// A frame is a header of 8 octets, little-endian, and a payload:
//
//	octet   0       1       2       3       4       5       6       7       8…
//	      +-------+-------+-------+-------+-------+-------+-------+-------+---------+
//	      | payload length        | request ID    | stream| stream| type  | payload |
//	      | (24 bits)             | (16 bits)     | ID    | flags | flags |         |
//	      +-------+-------+-------+-------+-------+-------+-------+-------+---------+
//
// The type is the high half of octet 7, the flags are the low half. Their
// names depend on the dialect:
//
//   - seed is revision r37304 of Mercurial (2018), "wireproto: add streams to
//     frame-based protocol". Payloads are raw bytes and small structs.
//   - final is what Mercurial 4.6 to 5.8 speak. Payloads are CBOR.
//
// Facts: Mercurial's help text internals/wireprotocol.txt and the code of
// mercurial/wireprotoframing.py at the two revisions. Where they differ the
// code was followed.
package hg
