package storage

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// An OID names an object: 8 bytes, big-endian, the root object being zero.
type OID [8]byte

// A TID names a transaction, and as a serial the revision of an object that
// the transaction wrote. It is a time, as TimeStamp of the persistent package
// has it:
//
//	offset  size  meaning
//	0       4     minutes: (((year-1900)*12+month-1)*31+day-1)*24*60+hour*60+minute
//	4       4     seconds in units of 60/2^32
//
// both big-endian, in UTC.
type TID [8]byte

// OIDOf returns the OID of a number.
func OIDOf(n uint64) (id OID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

// Num returns the OID as a number.
func (id OID) Num() uint64 { return binary.BigEndian.Uint64(id[:]) }

func (id OID) String() string { return hex.EncodeToString(id[:]) }

// IsZero says whether the TID is that of nothing: of an object that is new.
func (id TID) IsZero() bool { return id == TID{} }

func (id TID) String() string { return hex.EncodeToString(id[:]) }

// Num returns the TID as a number; numbers rise as transactions do.
func (id TID) Num() uint64 { return binary.BigEndian.Uint64(id[:]) }

// Before says whether id is older than other.
func (id TID) Before(other TID) bool { return id.Num() < other.Num() }

// Next returns the TID after id.
func (id TID) Next() (next TID) {
	binary.BigEndian.PutUint64(next[:], id.Num()+1)
	return next
}

// TIDAt returns the TID of a time.
func TIDAt(t time.Time) (id TID) {
	t = t.UTC()
	months := (t.Year()-1900)*12 + int(t.Month()) - 1
	minutes := ((months*31+t.Day()-1)*24+t.Hour())*60 + t.Minute()
	ns := uint64(t.Second())*1e9 + uint64(t.Nanosecond())
	binary.BigEndian.PutUint32(id[:], uint32(max(minutes, 0)))
	binary.BigEndian.PutUint32(id[4:], uint32(ns<<24/minuteOver256))
	return id
}

// minuteOver256 is a minute in units of 256 ns: what fits in 64 bits with the
// 32 that a fraction of it has.
const minuteOver256 = 60e9 / 256

// Time returns the time that a TID stands for, rounded up to a nanosecond:
// TIDAt(id.Time()) is id.
func (id TID) Time() time.Time {
	v := int(binary.BigEndian.Uint32(id[:]))
	minute, v := v%60, v/60
	hour, v := v%24, v/24
	day, months := v%31+1, v/31
	ns := (uint64(binary.BigEndian.Uint32(id[4:]))*minuteOver256 + 1<<24 - 1) >> 24
	return time.Date(1900+months/12, time.Month(months%12+1), day, hour, minute, 0, int(ns), time.UTC)
}

// Seconds returns the time that a TID stands for as ZODB tells it: seconds
// since 1970, which TimeStamp counts from 1900 on, and so rounds.
func (id TID) Seconds() float64 {
	minute := id.Time().Truncate(time.Minute).Unix()
	part := float64(binary.BigEndian.Uint32(id[4:])) * (60.0 / (1 << 32))
	return float64(minute+from1900) + part - from1900
}

// from1900 is the seconds from 1900 to 1970.
const from1900 = 25567 * 24 * 60 * 60

// ParseID reads the 16 hexadecimal digits of an OID or a TID.
func ParseID(text string) (id [8]byte, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("%q is no id of 16 hexadecimal digits", text)
	}
	copy(id[:], b)
	return id, nil
}
