//go:build reader

// many: the commands of the real `baton`, any number of them in one process, where a process for each would take most of
// the time. It takes the place of that program's own main among its files; ../build puts them together.
//
// Each line of standard input is one command: the file that its standard output goes to, then its words, with tabs
// between. What a command says when it fails goes to standard error, behind its line; the status is 1 if one failed.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

const lineBytesMax = 1 << 20

func baton() *cobra.Command {
	cmd := &cobra.Command{Use: "baton", SilenceUsage: true, SilenceErrors: true}
	cmd.PersistentFlags().StringP("file", "f", "", "")
	cmd.PersistentFlags().StringP("output-format", "o", "console", "")
	cmd.AddCommand(resourceTypesCmd(), resourcesCmd(), entitlementsCmd(), grantsCmd(), principalsCmd(), accessCmd(),
		statsCmd(), recalculateStatsCmd(), export(), toPebbleCmd(), sanitizeCmd())
	return cmd
}

// run executes one command with the file as its standard output: descriptor 1, as some of them took os.Stdout long ago.
func run(file string, words []string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := syscall.Dup3(int(out.Fd()), 1, 0); err != nil {
		return err
	}
	cmd := baton()
	cmd.SetArgs(words)
	return cmd.ExecuteContext(context.Background())
}

func main() {
	status := 0
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, lineBytesMax)
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		if err := run(words[0], words[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", lines.Text(), err)
			status = 1
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "many: %v\n", err)
		status = 1
	}
	os.Exit(status)
}
