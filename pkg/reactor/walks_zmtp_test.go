package reactor_test

// The walks of the machines of zmtp.
func init() {
	walks["zmtp 3.1 server"] = []string{
		"[#1] @open", "[#2] @open", "[#1] > greeting 3.1 NULL", "[#2] > greeting 3.1 NULL", "[#1] > command READY Socket-Type=DEALER Identity=a",
		"[#2] > command READY Socket-Type=REQ", `[#1] > message "x" "y"`, `[#2] > message "" "y"`, "[#1] > ping ttl=10", "@send a x", `@send b "" y`,
	}
	walks["zmtp 3.1 client"] = []string{
		"@open", "@open", "< greeting 3.1 NULL", "< greeting 3.1 NULL", "< command READY Socket-Type=ROUTER", `< message "x" "y"`, "< ping ttl=10", "@send x y", "@send z",
	}
}
