package decode_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/decode"
)

// A recording that begins within the handshakes is still one of EventMQ, also
// when the first packets of one direction are missing.
func TestChoiceFromTheMiddle(t *testing.T) {
	const head, packetHead = 24, 16
	pcap := testdata.Read(t, "emqp/captures/emq_request.pcap")
	messages := 0
	for at, i := head, 0; i < 30 && at < len(pcap); i++ {
		s, err := decode.NewSession(decode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		src, err := capture.Open("", bytes.NewReader(append(bytes.Clone(pcap[:head]), pcap[at:]...)), capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for r, err := range s.Records(src) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Frame == nil || !bytes.HasPrefix(r.Bytes, []byte("\x01\x00\x01\x08eMQP/1.0")) {
				continue
			}
			if messages++; r.Frame.Type() == "message" {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("from packet %d on: %d messages of EventMQ are told as ZMTP's", i, wrong)
		}
		at += packetHead + int(binary.LittleEndian.Uint32(pcap[at+8:]))
	}
	if messages < 1000 {
		t.Errorf("only %d messages", messages)
	}
}
