package emqp_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fieldsOf(t *testing.T, r codectest.Record) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.JSON), &m); err != nil {
		t.Fatalf("%s: %v", r.JSON, err)
	}
	return m
}

type vector struct {
	ID, Command, From, To, Hex string
	Frames, Text               []string
	Fields                     map[string]any
}

// fromServer says whether the role has the socket that others connect to.
func fromServer(role string) codec.Direction {
	if role == "router" || role == "pubsub" {
		return codec.ToClient
	}
	return codec.ToServer
}

// TestVectors reads messages of the real programs, each alone.
func TestVectors(t *testing.T) {
	p := emqp.Protocol{}
	for _, v := range testdata.Vectors[vector](t, "emqp/vectors/shared_emqp.json") {
		t.Run(v.ID, func(t *testing.T) {
			recs := codectest.Check(t, p, codec.Options{}, fromServer(v.From), unhex(t, v.Hex))
			if len(recs) != 1 || recs[0].Err != "" || len(recs[0].Findings) > 0 && v.Command != "UNSCHEDULE" && v.Command != "DISCONNECT" {
				t.Fatalf("records %v", recs)
			}
			r := recs[0]
			if v.Fields == nil { // what a publisher's socket sends has no envelope
				if r.Type != "message" || !strings.HasPrefix(r.Text, `message "`) {
					t.Errorf("record %v", r)
				}
				return
			}
			if r.Type != v.Command || !strings.HasPrefix(r.Text, v.Command+" id=") {
				t.Errorf("type %s, text %s", r.Type, r.Text)
			}
			checkFields(t, fieldsOf(t, r), v)
		})
	}
}

func checkFields(t *testing.T, have map[string]any, v vector) {
	t.Helper()
	for k, want := range v.Fields {
		switch k {
		case "version", "command":
			continue // the type says it
		case "reply":
			var typed any
			if err := json.Unmarshal([]byte(want.(string)), &typed); err != nil {
				t.Fatal(err)
			}
			want = typed
		}
		if !reflect.DeepEqual(have[k], want) {
			t.Errorf("%s is %v, not %v", k, have[k], want)
		}
	}
	for k, want := range map[string]string{"from": v.From, "to": v.To} {
		// One message alone does not always tell whom the router talks to.
		if have[k] != nil && have[k] != want && !ambiguous(v.Command, want) {
			t.Errorf("%s is %v, not %s", k, have[k], want)
		}
	}
}

func ambiguous(command, role string) bool {
	return command == "REQUEST" && role == "scheduler" || (command == "SCHEDULE" || command == "UNSCHEDULE") && role == "client"
}

// malformedVerdicts is the code of the finding or error for each message to
// which a real process reacted badly, or "" where nothing is wrong with it.
var malformedVerdicts = map[string]string{
	"mal-admin_disconnect":                         "",
	"mal-admin_not_utf8":                           "not-utf8",
	"mal-admin_show_schedulers":                    "",
	"mal-admin_show_workers":                       "",
	"mal-admin_status":                             "",
	"mal-admin_status_lowercase":                   "lower-case",
	"mal-backend_disconnect_from_worker":           "disconnect",
	"mal-backend_heartbeat_before_inform":          "",
	"mal-backend_heartbeat_without_ts":             "document-form",
	"mal-backend_inform_empty_json_list":           "",
	"mal-backend_inform_json_names":                "queues",
	"mal-backend_inform_json_number":               "queues",
	"mal-backend_inform_json_object":               "queues",
	"mal-backend_inform_mixed_priorities":          "queues",
	"mal-backend_inform_one_body_frame":            "body-frames",
	"mal-backend_inform_scheduler_on_backend":      "wrong-port",
	"mal-backend_inform_twice":                     "",
	"mal-backend_inform_type_publisher":            "inform-type",
	"mal-backend_kbai_spec_spelling":               "document-form",
	"mal-backend_missing_delimiter":                "missing-delimiter",
	"mal-backend_no_msgid":                         "too-few-frames",
	"mal-backend_nonempty_delimiter":               "delimiter",
	"mal-backend_not_utf8":                         "not-utf8",
	"mal-backend_reply_code_form_6_frames":         "",
	"mal-backend_reply_spec_form_5_frames":         "document-form",
	"mal-backend_request_from_worker":              "",
	"mal-backend_unknown_command":                  "unknown-command",
	"mal-backend_wrong_version":                    "version",
	"mal-frontend_disconnect_from_anyone":          "disconnect",
	"mal-frontend_inform_worker_on_frontend":       "wrong-port",
	"mal-frontend_lowercase_request":               "lower-case",
	"mal-frontend_request_no_body":                 "body-frames",
	"mal-frontend_request_no_workers":              "",
	"mal-frontend_request_not_utf8":                "not-utf8",
	"mal-frontend_schedule_no_scheduler":           "",
	"mal-frontend_short_3_frames":                  "too-few-frames",
	"mal-frontend_status_on_frontend":              "wrong-port",
	"mal-frontend_unschedule_no_scheduler":         "",
	"mal-frontend_wrong_version_request":           "version",
	"mal-jobmanager_ack_without_body":              "body-frames",
	"mal-jobmanager_disconnect":                    "disconnect",
	"mal-jobmanager_lowercase_heartbeat":           "lower-case",
	"mal-jobmanager_request_bad_json":              "job",
	"mal-jobmanager_request_json_one_element":      "job",
	"mal-jobmanager_request_no_path":               "job",
	"mal-jobmanager_request_not_utf8":              "not-utf8",
	"mal-jobmanager_request_ok":                    "",
	"mal-jobmanager_request_timeout_nan":           "timeout",
	"mal-jobmanager_request_unknown_subcommand":    "subcommand",
	"mal-jobmanager_short":                         "too-few-frames",
	"mal-jobmanager_unknown_command":               "unknown-command",
	"mal-pubsub_other_command":                     "wrong-port",
	"mal-pubsub_publish_no_message":                "body-frames",
	"mal-pubsub_publish_ok":                        "",
	"mal-pubsub_publish_spec_client_form_7_frames": "document-form",
	"mal-pubsub_wrong_version":                     "", // no version at all: not taken for eMQP
	"mal-scheduler_disconnect":                     "disconnect",
	"mal-scheduler_not_utf8":                       "not-utf8",
	"mal-scheduler_reply_to_scheduler":             "",
	"mal-scheduler_schedule_bad_cron":              "cron",
	"mal-scheduler_schedule_interval_nan":          "interval",
	"mal-scheduler_schedule_missing_class_args":    "job",
	"mal-scheduler_schedule_no_cron_frame":         "body-frames",
	"mal-scheduler_schedule_ok_nohaste":            "",
	"mal-scheduler_schedule_spec_form_7_frames":    "document-form",
	"mal-scheduler_unschedule_unknown":             "",
}

// targetPorts are the ports of the processes that were tried.
var targetPorts = map[string]uint16{
	"router backend": 47290, "router frontend": 47291, "router admin": 47293,
	"jobmanager": 47290, "scheduler": 47291, "pubsub": 47298,
}

// TestMalformed holds our verdicts against what the real processes did.
func TestMalformed(t *testing.T) {
	type malformed struct {
		ID, Target, Hex, Process string
		FramesText               []string `json:"frames_text"`
	}
	for _, v := range testdata.Vectors[malformed](t, "emqp/vectors/shared_malformed.json") {
		t.Run(v.ID, func(t *testing.T) {
			dir := codec.ToServer
			if v.Target == "jobmanager" || v.Target == "scheduler" {
				dir = codec.ToClient
			}
			o := codec.Options{ServerPort: targetPorts[v.Target]}
			recs := codectest.Check(t, emqp.Protocol{}, o, dir, unhex(t, v.Hex))
			if len(recs) != 1 || recs[0].Err != "" {
				t.Fatalf("records %v", recs)
			}
			want, known := malformedVerdicts[v.ID]
			if !known {
				t.Fatal("no verdict is expected: add one")
			}
			var codes, words []string
			for _, f := range recs[0].Findings {
				codes, words = append(codes, f.Code), append(words, f.Message)
			}
			if want == "" && len(codes) > 0 || want != "" && !slices.Contains(codes, want) {
				t.Errorf("findings %q, expected %q: %s", codes, want, recs[0].Text)
			}
			if strings.HasPrefix(v.Process, "exited rc=1") && !strings.Contains(strings.Join(words, " "), "exit") {
				t.Errorf("the process exits; the findings say %q", words)
			}
		})
	}
}

// TestCaptures decodes every capture in both directions at once, packet by
// packet, and compares with the lower protocol and with what the application
// behind the router saw.
func TestCaptures(t *testing.T) {
	roles := map[uint16][]string{
		47290: {"jobmanager"}, 47291: {"client", "scheduler"}, 47293: {"admin"}, 47298: {"publisher-client"}, 47299: {"subscriber"},
	}
	for _, name := range testdata.Glob(t, "emqp/captures/*.pcap") {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "emqp/captures/"), ".pcap"), func(t *testing.T) {
			seen := map[string]bool{}
			for i, conn := range codectest.Connections(t, name) {
				codectest.Check(t, emqp.Protocol{}, codec.Options{}, codec.ToServer, conn.ToServer)
				codectest.Check(t, emqp.Protocol{}, codec.Options{}, codec.ToClient, conn.ToClient)
				for _, r := range inTurn(t, conn) {
					m := fieldsOf(t, r)
					if m["msgid"] == nil {
						continue
					}
					if strings.HasPrefix(r.Text, "message") && r.Type != "BOGUS" && r.Type != "status" {
						t.Errorf("connection %d: %s", i, r.Text)
					}
					who := m["from"]
					if who == "router" || who == "pubsub" {
						who = m["to"]
					}
					if want := roles[conn.ServerPort]; who != nil && !slices.Contains(want, who.(string)) {
						t.Errorf("connection %d to port %d: %s from %v to %v", i, conn.ServerPort, r.Type, m["from"], m["to"])
					}
					seen[fmt.Sprint(m["peer"], r.Type, m["msgid"])] = true
				}
			}
			for _, want := range routerSaw(t, strings.TrimSuffix(name, ".pcap")+".api.expected.ndjson") {
				if !seen[want] {
					t.Errorf("the application saw %s, the records do not have it", want)
				}
			}
		})
	}
}

// inTurn decodes both directions of a connection as the packets came.
func inTurn(t *testing.T, conn *codectest.TCP) []codectest.Record {
	t.Helper()
	c, err := emqp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	streams := map[bool]*codec.Stream{
		false: codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer),
		true:  codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient),
	}
	var recs []codectest.Record
	for _, chunk := range conn.Chunks {
		s := streams[chunk.ToClient]
		s.Feed(chunk.Bytes)
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if r.Frame != nil {
				recs = append(recs, codectest.Record{
					Type: r.Frame.Type(), Text: string(r.Frame.AppendText(nil, codectest.All)),
					JSON: string(r.Frame.AppendJSON(nil, codectest.All)),
				})
			}
		}
	}
	return recs
}

// routerSaw lists what applications behind ROUTER sockets got and sent.
func routerSaw(t *testing.T, name string) (list []string) {
	t.Helper()
	for line := range bytes.Lines(testdata.Read(t, name)) {
		var row struct {
			Socket, Dir string
			EMQP        struct{ Peer, Command, MsgID string }
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row.Socket == "ROUTER" && row.Dir == "recv" && row.EMQP.Peer != "" {
			list = append(list, row.EMQP.Peer+row.EMQP.Command+row.EMQP.MsgID)
		}
	}
	return list
}

// TestLinks pairs the messages of one capture by id over all connections.
func TestLinks(t *testing.T) {
	asked, ended, handed := map[string]bool{}, 0, 0
	type link struct {
		codec.Link
		kind string
	}
	var links []link
	for _, conn := range codectest.Connections(t, "emqp/captures/emq_request.pcap") {
		c, err := emqp.Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
			stream := conn.ToServer
			if dir == codec.ToClient {
				stream = conn.ToClient
			}
			s := codec.NewStream(c.Decoder(dir), dir)
			s.Feed(stream)
			for r, ok := s.Next(); ok; r, ok = s.Next() {
				if f, ok := r.Frame.(codec.Linked); ok && f.Link().Role != codec.LinkNone {
					links = append(links, link{f.Link(), r.Frame.Type()})
				}
			}
		}
	}
	for _, l := range links {
		if l.Role == codec.LinkAsks {
			asked[l.Key.Text] = true
		}
	}
	for _, l := range links {
		if l.Role == codec.LinkAsks {
			continue
		}
		if !asked[l.Key.Text] {
			t.Errorf("%s answers %s, which nobody asked", l.kind, l.Key)
		}
		if l.kind == "REPLY" && l.Role == codec.LinkEnds {
			ended++
		}
		if l.kind == "REQUEST" {
			handed++
		}
	}
	if ended == 0 || handed == 0 {
		t.Errorf("%d results, %d requests passed on", ended, handed)
	}
}

var _ codec.Linked = (*emqp.Frame)(nil)
var _ codec.ValueExplainer = emqp.Protocol{}
var _ codec.Resumer = (*zmtp.Decoder)(nil)
