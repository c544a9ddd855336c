package capture

import (
	"net"
	"net/netip"
)

// EndpointOf returns the address of a live connection's end. It has none for
// what is no TCP, such as unix sockets.
func EndpointOf(a net.Addr) (end Endpoint) {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		end.Addr = netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return end
}
