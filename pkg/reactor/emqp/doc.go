// Package emqp plays the programs of EventMQ on sockets of ZMTP.
//
//	client ──REQUEST──▶ ┌────────┐ ──REQUEST──▶ worker (its jobmanager)
//	       ◀──REPLY──── │ Broker │ ◀──READY────
//	       ──SCHEDULE─▶ │        │ ──SCHEDULE─▶ Scheduler
//	admin  ◀─reports──▶ └────────┘ ◀──REQUEST──
//
//	client ──PUBLISH──▶ Publisher ──[topic, message]──▶ subscribers
//
// A [Broker] is the router, with one socket for all or one each for clients,
// workers and admin commands. A [Worker] runs jobs, a [Scheduler] has them run
// at their times, a [Client] asks for all that, also as emq-cli does.
//
// The wire is that of EventMQ 0.3.13 (commit 2ada4a6), held against the
// program. Where that is known to be wrong the machines do better, unless
// reactor.Options.Compat is set:
//
//   - a REQUEST that had to wait is answered too, once it is handed over;
//   - a worker's queues are served by priority, in whatever order it told them;
//   - a worker takes jobs at once, not after the first HEARTBEAT;
//   - UNSCHEDULE ends schedules by cron too, and these keep their queue;
//   - messages that end the program, or make it lose its connection, are
//     refused and told of.
//
// With the setting as-documented, it is the document that counts where it
// differs from the program: KBAI, REPLY of five frames that brings the
// client the job's result, SCHEDULE of seven frames, PUBLISH with headers, no
// end to a job without timeout.
package emqp
