package replay_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
)

// Screenshots are compared by squares of so many pixels, each by its mean
// brightness: fonts may be drawn otherwise, but not be elsewhere.
const (
	pageWidth, pageHeight = 1000, 900
	square                = 20
	maxDistance           = 24   // of the brightness of a square, of 255
	maxShare              = 0.04 // of the squares may be further away
)

// shoot has a browser draw a page.
func shoot(t *testing.T, chromium string, page []byte, dark bool) image.Image {
	t.Helper()
	dir := t.TempDir()
	html, shot := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.png")
	if err := os.WriteFile(html, page, 0o666); err != nil {
		t.Fatal(err)
	}
	scheme := "1"
	if dark {
		scheme = "0"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // long: it is reached by failure alone
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--blink-settings=preferredColorScheme="+scheme, "--window-size=1000,900", "--screenshot="+shot, "file://"+html)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return readPNG(t, shot)
}

func readPNG(t *testing.T, name string) image.Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// brightness returns the mean brightness of the squares of a picture.
func brightness(m image.Image) []float64 {
	var list []float64
	for y := 0; y+square <= pageHeight; y += square {
		for x := 0; x+square <= pageWidth; x += square {
			sum := 0.0
			for j := range square {
				for i := range square {
					r, g, b, _ := m.At(x+i, y+j).RGBA()
					sum += float64(r+g+b) / 3 / 257
				}
			}
			list = append(list, sum/square/square)
		}
	}
	return list
}

// apart returns the share of the squares that are far from each other.
func apart(a, b []float64) float64 {
	n := 0
	for i := range a {
		if d := a[i] - b[i]; d > maxDistance || d < -maxDistance {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

// TestPage has a browser draw a page as it was when people looked at it, in
// light and in dark.
func TestPage(t *testing.T) {
	chromium := needs(t, "chromium", "chromium-browser", "google-chrome")
	page := build(t, replay.AddHTML)
	shots := map[string]image.Image{"light": shoot(t, chromium, page, false), "dark": shoot(t, chromium, page, true)}
	squares := map[string][]float64{}
	for name, m := range shots {
		golden := filepath.Join("testdata", "page-"+name+".png")
		if *update {
			var b bytes.Buffer
			if err := png.Encode(&b, m); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		squares[name] = brightness(m)
		if share := apart(squares[name], brightness(readPNG(t, golden))); share > maxShare {
			t.Errorf("%s: %.3f of the picture is another one than %s", name, share, golden)
		}
	}
	// What the comparison is to find.
	if share := apart(squares["light"], squares["dark"]); share < 0.9 {
		t.Errorf("light and dark are too much alike: %.3f", share)
	}
	plain := shoot(t, chromium, bytes.Replace(page, []byte("<style>"), []byte("<style media=print>"), 1), false)
	if share := apart(squares["light"], brightness(plain)); share <= maxShare {
		t.Errorf("a page without its style is not told from one with it: %.3f", share)
	}
	none, err := replay.AddHTML(nil, reports()[0][:1])
	if err != nil {
		t.Fatal(err)
	}
	if share := apart(squares["light"], brightness(shoot(t, chromium, none, false))); share <= maxShare {
		t.Errorf("another page is not told from it: %.3f", share)
	}
}
