//go:build reader

// Package interop pins the second reader: its go.mod and go.sum say which version of the `baton` program the suite in
// ../../interop26.bats reads our files with. The program is built from there by ../build.
package interop

import _ "github.com/conductorone/baton-sdk/cmd/baton"
