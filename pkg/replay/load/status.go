package load

import (
	"fmt"
	"strings"
	"time"
)

// barWidth is how many characters a bar has.
const barWidth = 20

// Lines returns how a load stands, for people: how far it is, how it goes, and
// how long sessions take.
func (s *Status) Lines() []string {
	far := s.Passed.Truncate(100 * time.Millisecond).String()
	if s.Length > 0 {
		far += " of " + s.Length.String()
	}
	begun := fmt.Sprint(s.Begun)
	if s.Of > 0 {
		begun += fmt.Sprintf(" of %d", s.Of)
	}
	rate := Rate(s.All.Reached)
	if s.All.Wanted > 0 {
		rate += " of " + Rate(s.All.Wanted)
	}
	errors := fmt.Sprintf("%d errors", s.All.Errors)
	if s.All.Errors > 0 {
		errors += " (" + s.All.kinds() + ")"
	}
	cells := s.All.Cells()
	var times []string
	for i := 5; i < len(Head)-1; i++ {
		times = append(times, Head[i]+" "+cells[i])
	}
	return []string{
		fmt.Sprintf("%s  %s  %s sessions, %d under way", s.bar(), far, begun, s.Active),
		fmt.Sprintf("%s  %s", rate, errors),
		strings.Join(times, "  "),
	}
}

// bar draws how far it is.
func (s *Status) bar() string {
	part := 0.0
	if s.Length > 0 {
		part = float64(s.Passed) / float64(s.Length)
	}
	if s.Of > 0 {
		part = max(part, float64(s.Begun)/float64(s.Of))
	}
	n := min(int(part*barWidth), barWidth)
	return "[" + strings.Repeat("#", n) + strings.Repeat("-", barWidth-n) + "]"
}
