//go:build server

// Package s3 pins a server that speaks the protocol of S3 and checks what it is sent, signature and hash: its go.mod and
// go.sum say which version of Versity's gateway the suite in ../../s3.bats uploads to. It is built from there by ../build.
package s3

import _ "github.com/versity/versitygw/cmd/versitygw"
