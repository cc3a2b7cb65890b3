// Reads what baton-airbyte says of itself with the SDK's own messages, and writes it as the SDK's own commands do:
//
//	forms config|capabilities <TEXT
//
// What the SDK does not know is an error.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	configv1 "github.com/conductorone/baton-sdk/pb/c1/config/v1"
	_ "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

func main() {
	var message proto.Message = &configv1.Configuration{}
	if os.Args[1] == "capabilities" {
		message = &anypb.Any{}
	}
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = protojson.Unmarshal(text, message)
	}
	if err == nil {
		text, err = protojson.Marshal(message)
	}
	var indented bytes.Buffer
	if err == nil {
		err = json.Indent(&indented, text, "", "  ")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(indented.Bytes())
}
