// Package zmtp cuts and builds the frames of ZMTP, the wire protocol of
// ZeroMQ on TCP: versions 3.1, 3.0, 2.0 and 1.0, the mechanisms NULL, PLAIN
// and CURVE, and everything that libzmq does beside the documents.
//
// A connection has three phases: both sides send a greeting, then shake hands
// with commands, then send messages (and commands between them).
//
//	greeting of 3.x, 64 bytes              greeting of 2.0, 12 bytes
//	off  len  field                        off  len  field
//	0    1    signature: ff                0    10   signature
//	1    8    padding, not significant     10   1    revision: 01
//	9    1    signature: 7f (bit 0 counts) 11   1    socket type, 0 to 10
//	10   1    major version: 03            12   …    identity, as one frame
//	11   1    minor version: 00 or 01
//	12   20   mechanism, ASCII, zeros      1.0 has no greeting: its first
//	32   1    as-server                    frame is the identity.
//	33   31   filler: zeros
//
//	frame of 2.0 and 3.x                   frame of 1.0
//	off  len  field                        off  len  field
//	0    1    flags: 1 MORE, 2 LONG,       0    1    length of flags and body,
//	          4 COMMAND (3.x only),                  1 to 254, or ff and then
//	          f8 reserved                            a length of 8 bytes
//	1    1/8  length of the body           1/9  1    flags: 1 MORE
//	2/9  …    body                         2/10 …    body
//
// A message is the frames up to the first one without MORE; it is one
// [Frame] here. A command is one frame whose body is a name (its length in
// one byte, then ASCII) and data.
//
// All integers are big-endian. Sources: the ZMTP documents of rfc.zeromq.org
// (13, 15, 23, 37 and CurveZMQ, 26), and libzmq 4.3.4 measured through pyzmq
// 24.0.1 wherever the two differ; docs/protocols/zmtp.md lists that.
package zmtp
