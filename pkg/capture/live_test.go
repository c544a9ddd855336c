package capture

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestLive records a conversation on the loopback interface.
func TestLive(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	filter, err := ParseFilter(fmt.Sprintf("tcp port %d", l.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Live(ctx, "lo", Options{Filter: filter})
	if err != nil {
		if strings.Contains(err.Error(), "no right") || strings.Contains(err.Error(), "Linux") {
			t.Skip("no live capture here, it is not tested: ", err)
		}
		t.Fatal(err)
	}
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
			c.Close()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	got := map[string]string{}
	for e, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Since(e.Time); age < 0 || age > time.Hour {
			t.Errorf("%v at %v", e.Kind, e.Time)
		}
		switch e.Kind {
		case KindData:
			got[e.Dir.String()] += string(e.Data)
		case KindGap, KindNote:
			t.Errorf("%v: %s", e.Kind, e.Why)
		case KindClose:
			cancel()
		}
	}
	if len(got) != 2 || got[">"] != "hello" || got["<"] != "hello" {
		t.Errorf("got %q", got)
	}
}

func TestLiveUnknown(t *testing.T) {
	_, err := Live(t.Context(), "nosuch0", Options{})
	if err == nil {
		t.Error("an interface that is not there is taken")
	}
}
