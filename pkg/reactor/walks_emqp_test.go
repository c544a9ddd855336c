package reactor_test

// The walks of the machines of emqp.
func init() {
	const job = `queue=default headers=[reply-requested] ["run", {"callable": "echo", "path": "jobs", "args": [1], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`
	walks["emqp  server"] = []string{
		"[#1] @open", "[#2] @open", "[#1] > greeting 3.1 NULL", "[#2] > greeting 3.1 NULL", "[#1] > command READY Socket-Type=DEALER Identity=a",
		"[#2] > command READY Socket-Type=DEALER Identity=b", `[#1] > INFORM id=1 type=worker [[10, "default"]]`, "[#1] > READY id=2", "[#1] > READY id=3",
		"[#2] > REQUEST id=4 " + job, "[#2] > REQUEST id=5 " + job, `[#1] > REPLY id=6 orig_msgid=4 {"value": 1}`, "[#1] > STATUS id=7", "[#1] > KBYE id=8",
		"[#2] > INFORM id=9 type=scheduler", "@tell a HEARTBEAT 1.0", "@stop",
	}
	walks["emqp  client"] = []string{
		"@open", "@open", "< greeting 3.1 NULL", "< greeting 3.1 NULL", "< command READY Socket-Type=ROUTER Identity=r", "< command READY Socket-Type=ROUTER Identity=r",
		"< REPLY id=1 orig_msgid=2", `< REPLY id=1 {"connected_schedulers": {}}`, "@request default - jobs.echo [1]", "@status", "@leave",
	}
}
