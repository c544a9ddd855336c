package reactor_test

// The walks of the machines of zeo.
func init() {
	for _, d := range []string{"Z5", "M5"} {
		walks["zeo "+d+" client"] = []string{
			"@open", "@open", "< hello " + d, "< hello " + d, `< reply 1 tid'5'`, `< reply 2 {"length": 0}`, "@load oid'0'", "@load 8 oid'1'",
			`< reply (oid'0', tid'7fffffffffffffff') (b"data", tid'3', None)`, "@call 7 lastTransaction()", "@async set_client_label('x')",
			`@commit {oid'0': b"new", oid'1': b"x"}`, `@commit 9 {oid'2': {"data": b"y", "blob": b"z"}}`, "< reply 3 []", "< reply 4 tid'9'",
			"@undo tid'3'", "@blob oid'0' tid'3'", "< oneway 0 receiveBlobStart(oid'0', tid'3')", `< oneway 0 receiveBlobChunk(oid'0', tid'3', b"z")`,
			"< oneway 0 invalidateTransaction(tid'7', [oid'0'])", "@disconnect", "@resume tid'2'", `< error 3 a.B()`,
		}
	}
	for _, d := range []string{"Z4", "Z3101", "Z310", "Z309"} {
		walks["zeo "+d+" client"] = []string{
			"@open", "@open", "< hello " + d, "< reply 0 None", "< reply 1 None", "< reply 2 tid'5'", "< reply 3 {}", "@load oid'0'", "@load 8 oid'1' tid'4'",
			`< reply 4 (b"data", tid'3')`, `@commit {oid'0': b"new", oid'1': b"x"}`, `@commit 9 {oid'2': {"data": b"y", "blob": b"z"}}`,
			"< reply 5 None", "< oneway 0 serialnos([(oid'0', tid'9')])", "< reply 6 None", "< reply 7 tid'9'", "@undo tid'3'", "@blob oid'0' tid'3'",
			"< oneway 0 invalidateTransaction(tid'7', [oid'0'])", "@disconnect", "@resume tid'2'", "< error 5 a.B()", "@call lastTransaction()",
		}
	}
	for _, d := range []string{"Z5", "M5", "Z4", "Z3101", "Z310", "Z309"} {
		walks["zeo "+d+" server"] = []string{
			"[#1] @open", "[#2] @open", "[#1] > hello " + d, "[#2] > hello " + d, `[#1] > call 1 register("1", 0)`, `[#2] > call 1 register("1", 0)`,
			"[#1] > call 2 get_info()", "[#2] > call 2 lastTransaction()", `[#1] > oneway 0 tpc_begin(1, b"", b"", {}, None, " ")`,
			`[#2] > oneway 0 tpc_begin(1, b"", b"", {}, None, " ")`, `[#1] > oneway 0 storea(oid'1', tid'0', b"x", 1)`,
			`[#2] > oneway 0 storea(oid'1', tid'0', b"y", 1)`, "[#1] > call 3 vote(1)", "[#2] > call 3 vote(1)", "[#1] > call 4 tpc_finish(1)",
			"[#2] > call 4 tpc_abort(1)", "[#1] > call 5 loadBefore(oid'1', tid'7fffffffffffffff')", "[#2] > heartbeat", "@invalidate", "@stop",
		}
	}
}
