// Package msgq holds the machines of BIND 10's message queue: the daemon that
// routes messages, and its client with calls that cannot wait for ever.
//
// The [Daemon] is a [reactor.Hub]: one value for all connections. It follows
// msgq.py.in of release line 1.2.0 (repository Distrotech/bind10, commit
// 3797c163, 2014-04-17), measured, in what it sends to whom, but not where
// the real daemon harms those who did nothing wrong:
//
//	what                                     real daemon         Daemon
//	header that is no JSON object, a key     its thread dies,    closes the one
//	missing or of a kind that cannot be      all wait for ever   who sent it
//	unfinished frame, connection open        serves nobody       serves the others
//	recipient gone while it is written to    may die             drops it
//	config manager that does not answer      exits after 4 s     goes on without
//	slow reader                              killed after 0.1 s  dropped when too
//	                                         of processor time   much waits for it
//	cc_members, the group Msgq               after a config      always there; see
//	                                         manager came        DaemonOptions
//
// The [Client] is one connection's end. Its calls follow ipc-high.txt: they
// watch notifications/cc_members and fail as soon as the callee is gone, which
// the real libraries leave to their callers.
package msgq
