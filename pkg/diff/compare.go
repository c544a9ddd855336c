package diff

import (
	"bytes"
	"slices"
	"strconv"
)

// A comparer finds where two documents differ.
type comparer struct {
	*rules
	a, b  *tree
	at    []string
	parts []Part
	open  [][]string // fields that may be anything
	alone [2]bool    // see Record
	loose bool       // something is ignored in one of them
}

// within does something with a name added to the path.
func (c *comparer) within(name string, do func()) {
	c.at = append(c.at, name)
	odd := len(c.at) == 1 && name == "findings" && (c.alone[0] || c.alone[1])
	if odd || c.ignored(c.at) || isOpen(c.open, c.at) {
		c.loose = true
	} else {
		do()
	}
	c.at = c.at[:len(c.at)-1]
}

// untold says whether what a side lacks at the place at hand is what only a
// conversation tells.
func (c *comparer) untold(side int) bool {
	if !c.alone[side] || len(c.at) > 2 || c.at[0] != "fields" {
		return false
	}
	c.loose = true
	return true
}

func (c *comparer) differ(a, b []byte) {
	c.parts = append(c.parts, Part{string(appendPath(nil, c.at)), bytes.Clone(a), bytes.Clone(b)})
}

// node compares node i of a with node j of b.
func (c *comparer) node(i, j int) {
	x, y := &c.a.nodes[i], &c.b.nodes[j]
	switch {
	case x.kind != y.kind:
		c.differ(x.raw, y.raw)
	case x.kind == isDict:
		c.members(i, j)
	case x.kind == isLeaf:
		if bytes.Equal(x.raw, y.raw) {
			return
		}
		p, replacedA := plain(c.kinds, x.raw)
		q, replacedB := plain(c.kinds, y.raw)
		c.loose = c.loose || replacedA || replacedB
		if !bytes.Equal(p, q) {
			c.differ(x.raw, y.raw)
		}
	default:
		c.elements(i, j)
	}
}

// members compares objects by the names of their members, in the order of a.
func (c *comparer) members(i, j int) {
	others := map[string][]int{}
	c.b.children(j, func(k int) {
		name := c.b.name(k, 0)
		others[name] = append(others[name], k)
	})
	c.a.children(i, func(k int) {
		name := c.a.name(k, 0)
		var other []int
		if other = others[name]; len(other) > 0 { // a name may be there twice
			others[name] = other[1:]
		}
		c.within(name, func() {
			if len(other) > 0 {
				c.node(k, other[0])
			} else if !c.untold(1) {
				c.differ(c.a.nodes[k].raw, nil)
			}
		})
	})
	c.b.children(j, func(k int) {
		name := c.b.name(k, 0)
		if slices.Contains(others[name], k) {
			c.within(name, func() {
				if !c.untold(0) {
					c.differ(nil, c.b.nodes[k].raw)
				}
			})
		}
	})
}

// elements compares lists. Of lists of different lengths what is the same at
// both ends goes together, and what is too much stands between.
func (c *comparer) elements(i, j int) {
	var x, y []int
	c.a.children(i, func(k int) { x = append(x, k) })
	c.b.children(j, func(k int) { y = append(y, k) })
	tail := 0
	if len(x) != len(y) {
		for tail < min(len(x), len(y)) && c.equal(x[len(x)-1-tail], y[len(y)-1-tail]) {
			tail++
		}
	}
	n, m := len(x)-tail, len(y)-tail
	for k := range max(n, m) {
		c.within(strconv.Itoa(k), func() {
			switch {
			case k >= m:
				c.differ(c.a.nodes[x[k]].raw, nil)
			case k >= n:
				c.differ(nil, c.b.nodes[y[k]].raw)
			default:
				c.node(x[k], y[k])
			}
		})
	}
}

// equal says whether the texts of two nodes are the same.
func (c *comparer) equal(i, j int) bool { return bytes.Equal(c.a.nodes[i].raw, c.b.nodes[j].raw) }
