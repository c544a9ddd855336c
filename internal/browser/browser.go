// Package browser has tests look at pages in Debian's chromium.
package browser

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
)

// A Window is how a page is looked at.
type Window struct {
	Width, Height int
	Dark          bool
}

// Shoot returns a picture of a page once it has been drawn. The test is
// skipped where there is no chromium.
func Shoot(t *testing.T, page []byte, w Window) image.Image {
	t.Helper()
	scheme := "1"
	if w.Dark {
		scheme = "0"
	}
	shot := filepath.Join(t.TempDir(), "page.png")
	run(t, page, "--blink-settings=preferredColorScheme="+scheme, "--hide-scrollbars", "--force-device-scale-factor=1",
		"--window-size="+strconv.Itoa(w.Width)+","+strconv.Itoa(w.Height), "--screenshot="+shot)
	b, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, b)
}

// DOM returns a page as its scripts have made it, after all that they wait for.
func DOM(t *testing.T, page []byte) string {
	t.Helper()
	return string(run(t, page, "--dump-dom"))
}

// patience is how long a browser may take: it is reached by failure alone.
const patience = 3 * time.Minute

func run(t *testing.T, page []byte, flags ...string) []byte {
	t.Helper()
	chromium := find(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, page, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--user-data-dir=" + filepath.Join(dir, "profile")}, flags...)
	cmd := exec.CommandContext(ctx, chromium, append(args, "file://"+file)...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.Bytes())
	}
	return out
}

func find(t *testing.T) string {
	t.Helper()
	if testdata.Race {
		t.Skip("the race detector sees nothing of a browser")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: there is no chromium (Debian: chromium)")
	return ""
}

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Pictures are compared by squares of so many pixels, each by its mean
// brightness: fonts may be drawn otherwise, but not be elsewhere.
const (
	square      = 20
	maxDistance = 24   // of the brightness of a square, of 255
	MaxShare    = 0.04 // of the squares may be further away
)

// Golden compares a picture with the file of an earlier one, which it writes
// when update is set.
func Golden(t *testing.T, name string, m image.Image, update bool) {
	t.Helper()
	if update {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if share := Apart(m, decode(t, b)); share > MaxShare {
		t.Errorf("%.3f of the picture is another one than %s", share, name)
	}
}

// Apart returns the share of the squares of two pictures that are far from
// each other; 1 if the pictures differ in size.
func Apart(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 1
	}
	x, y := brightness(a), brightness(b)
	n := 0
	for i := range x {
		if d := x[i] - y[i]; d > maxDistance || d < -maxDistance {
			n++
		}
	}
	return float64(n) / float64(len(x))
}

// brightness returns the mean brightness of the squares of a picture.
func brightness(m image.Image) []float64 {
	var list []float64
	size := m.Bounds().Size()
	for y := 0; y+square <= size.Y; y += square {
		for x := 0; x+square <= size.X; x += square {
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
