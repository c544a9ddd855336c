// Package msgq is the protocol of BIND 10's message queue, also called the CC
// (command channel) protocol: what b10-msgq and its clients say to each other
// over a UNIX stream socket. Facts are those of release line 1.2.0
// (repository Distrotech/bind10, commit 3797c163, 2014-04-17), read in the
// daemon (msgq.py.in), the Python client (isc/cc/session.py) and the C++ one
// (lib/cc), and measured.
//
// Both directions use one frame; numbers are big-endian.
//
//	octet  0-3   total length T: of all that follows it, 2 + H + B
//	       4-5   header length H, 1 to 65535
//	       6-    header: one JSON object, who the frame is from and for
//	       6+H-  body: B = T-2-H octets, one JSON value by custom; may be absent
//
// There is no greeting, version, checksum or padding.
//
// The daemon reads headers with Python's json, not strictly, so raw control
// characters and NaN are fine in them. It forwards bodies byte for byte
// without a look, JSON or not.
//
// Until June 2010 header and body were not JSON but a binary encoding, named
// Skan after its first octets; see [AppendSkan]. That is the dialect skan.
package msgq

// Names with a meaning of their own, from lib/cc/proto_defs.cc and the daemon.
const (
	ToGroup            = "*"              // the to of frames that go to a group
	AnyInstance        = "*"              // the instance that subscribes to all, and the default
	NotificationPrefix = "notifications/" // what the groups of notifications begin with
	MembersGroup       = "notifications/cc_members"
	DaemonGroup        = "Msgq" // where the daemon answers commands
	DaemonName         = "msgq" // the from of undeliverable errors; no lname

	Success     = 0  // the rcode of an answer that is no error
	NoRecipient = -1 // the rcode of an undeliverable error
)

const (
	lengthSize = 4         // of the total length
	prefixSize = 6         // of both lengths
	maxHeader  = 1<<16 - 1 // the longest header that fits
	maxTotal   = 1<<32 - 1 // the largest total length
	skanMark   = "Skan"    // what the old encoding begins with
	noType     = "message" // the Type of frames without one
	unknownLen = int64(-1) // a length that follows from the parts
)
