package replay_test

import (
	"bytes"
	"image"
	"testing"

	"github.com/wirectl/wirectl/internal/browser"
	"github.com/wirectl/wirectl/pkg/replay"
)

// TestPage has a browser draw a page as it was when people looked at it, in
// light and in dark.
func TestPage(t *testing.T) {
	page := build(t, replay.AddHTML)
	shoot := func(page []byte, dark bool) image.Image {
		return browser.Shoot(t, page, browser.Window{Width: 1000, Height: 900, Dark: dark})
	}
	light, dark := shoot(page, false), shoot(page, true)
	browser.Golden(t, "testdata/page-light.png", light, *update)
	browser.Golden(t, "testdata/page-dark.png", dark, *update)
	// What the comparison is to find.
	if share := browser.Apart(light, dark); share < 0.9 {
		t.Errorf("light and dark are too much alike: %.3f", share)
	}
	bare := shoot(bytes.Replace(page, []byte("<style>"), []byte("<style media=print>"), 1), false)
	if share := browser.Apart(light, bare); share <= browser.MaxShare {
		t.Errorf("a page without its style is not told from one with it: %.3f", share)
	}
	none, err := replay.AddHTML(nil, reports()[0][:1])
	if err != nil {
		t.Fatal(err)
	}
	if share := browser.Apart(light, shoot(none, false)); share <= browser.MaxShare {
		t.Errorf("another page is not told from it: %.3f", share)
	}
}
