//go:build tools

// Package tools pins FerretDB and everything that it is built from; go.sum has the hashes.
package tools

import _ "github.com/FerretDB/FerretDB/cmd/ferretdb"
