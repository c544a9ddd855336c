// Package load replays sessions many times a second, and measures how long
// they take.
//
//	documents ─▶ Run ─▶ clients ─▶ replay.Run     a goroutine each
//	              │        │
//	         plan of      tally ─▶ Result ─▶ table, replay.Entry
//	         arrivals              thresholds
//
// The load is open: when a session is to begin is settled before the first
// one does, and does not depend on how fast the peer answers. What a session
// took counts from when it was to begin. One that had to wait, because all
// clients were busy with earlier ones, has taken that long as well; a peer that
// stands still for a second is seen in all sessions that were due in that
// second, and not in the few that it was asked in (coordinated omission).
//
// The clock is that of the options of package replay.
package load
