// Makes databases of Pebble that exercise what a reader must know: every version of tables, virtual and ingested ones,
// overlapping levels, deletions of all kinds, every compression, indexes of two levels; and some that it must refuse.
// For each it writes NAME.c1z, the closed database's folder in the envelope of format v3, and beside it NAME.keys, what
// Pebble's own iterator shows: a key and a value in hexadecimal a line. Refused ones have NAME.refused, a word of the
// message.
//
// Usage: pebblefiles FOLDER
package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/klauspost/compress/zstd"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func key(n int) []byte { return []byte(fmt.Sprintf("key/%02d/%05d", n%7, n)) }

func value(n int) []byte { return []byte(strings.Repeat(fmt.Sprintf("value %d ", n), 1+n%5)) }

// A test opens a database with options changed by tune and fills it.
type test struct {
	name    string
	refused string
	format  pebble.FormatMajorVersion
	tune    func(*pebble.Options)
	fill    func(*pebble.DB, string)
	open    bool // copy the folder while the database is open, its log full
}

func options(t test) *pebble.Options {
	o := &pebble.Options{
		Comparer:                    pebble.DefaultComparer,
		FormatMajorVersion:          t.format,
		DisableAutomaticCompactions: true,
		Logger:                      quiet{},
	}
	if o.FormatMajorVersion == 0 {
		o.FormatMajorVersion = pebble.FormatNewest
	}
	for i := range o.Levels {
		o.Levels[i].BlockSize = 256
	}
	if t.tune != nil {
		t.tune(o)
	}
	return o
}

type quiet struct{}

func (quiet) Infof(string, ...interface{})  {}
func (quiet) Errorf(string, ...interface{}) {}
func (quiet) Fatalf(f string, a ...interface{}) {
	panic(fmt.Sprintf(f, a...))
}

func set(db *pebble.DB, from, to int) {
	for n := from; n < to; n++ {
		must(db.Set(key(n), value(n), pebble.NoSync))
	}
}

func flush(db *pebble.DB) { must(db.Flush()) }

func compact(db *pebble.DB) { must(db.Compact(context.Background(), []byte("a"), []byte("z"), false)) }

// table writes a table with the records of keys in the given format.
func table(path string, format sstable.TableFormat, keys []int, more func(*sstable.Writer), tune func(*sstable.WriterOptions)) string {
	f, err := vfs.Default.Create(path, vfs.WriteCategoryUnspecified)
	must(err)
	o := sstable.WriterOptions{TableFormat: format, BlockSize: 256, Comparer: pebble.DefaultComparer, MergerName: "pebble.concatenate"}
	if tune != nil {
		tune(&o)
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), o)
	sort.Slice(keys, func(i, j int) bool { return bytes.Compare(key(keys[i]), key(keys[j])) < 0 })
	for _, n := range keys {
		must(w.Set(key(n), []byte(fmt.Sprintf("ingested %d", n))))
	}
	if more != nil {
		more(w)
	}
	must(w.Close())
	return path
}

func numbers(from, to, step int) (list []int) {
	for n := from; n < to; n += step {
		list = append(list, n)
	}
	return list
}

func levels(o *pebble.Options, f func(*pebble.LevelOptions)) {
	for i := range o.Levels {
		f(&o.Levels[i])
	}
}

func compression(profile *sstable.CompressionProfile) func(*pebble.Options) {
	return func(o *pebble.Options) {
		levels(o, func(l *pebble.LevelOptions) {
			l.Compression = func() *sstable.CompressionProfile { return profile }
		})
	}
}

// random does a few thousand operations of every kind that can be read.
func random(seed int64, ops int) func(*pebble.DB, string) {
	return func(db *pebble.DB, dir string) {
		r := rand.New(rand.NewSource(seed))
		for i := 0; i < ops; i++ {
			n := r.Intn(500)
			switch r.Intn(40) {
			case 0:
				m := n + 1 + r.Intn(60)
				a, b := key(n), key(m)
				if bytes.Compare(a, b) > 0 {
					a, b = b, a
				}
				must(db.DeleteRange(a, b, pebble.NoSync))
			case 1, 2, 3, 4:
				must(db.Delete(key(n), pebble.NoSync))
			case 5:
				must(db.DeleteSized(key(n), 10, pebble.NoSync))
			case 6:
				if r.Intn(4) == 0 {
					flush(db)
				}
			case 7:
				if r.Intn(30) == 0 {
					compact(db)
				}
			case 8:
				if r.Intn(4) == 0 {
					path := table(filepath.Join(dir, fmt.Sprintf("in%d", i)), sstable.TableFormatPebblev7, numbers(n, n+40, 1+r.Intn(5)), nil, nil)
					must(db.Ingest(context.Background(), []string{path}))
				}
			case 9:
				if r.Intn(6) == 0 {
					excise(db, n, n+30)
				}
			default:
				must(db.Set(key(n), []byte(fmt.Sprintf("%d at %d", n, i)), pebble.NoSync))
			}
		}
	}
}

func excise(db *pebble.DB, from, to int) {
	a, b := key(from), key(to)
	if bytes.Compare(a, b) > 0 {
		a, b = b, a
	}
	flush(db)
	must(db.Excise(context.Background(), pebble.KeyRange{Start: a, End: b}))
}

func tests() []test {
	list := []test{
		{name: "empty", fill: func(db *pebble.DB, dir string) {}},
		{name: "one-level", fill: func(db *pebble.DB, dir string) { set(db, 0, 100); flush(db); compact(db) }},
		{name: "overlapping", fill: func(db *pebble.DB, dir string) {
			for i := 0; i < 6; i++ {
				set(db, i*10, i*10+40)
				must(db.Set([]byte("newest"), []byte(fmt.Sprint(i)), pebble.NoSync))
				must(db.Delete(key(i*11), pebble.NoSync))
				flush(db)
			}
		}},
		{name: "deletions", fill: func(db *pebble.DB, dir string) {
			set(db, 0, 200)
			flush(db)
			for n := 0; n < 200; n += 3 {
				must(db.Delete(key(n), pebble.NoSync))
			}
			must(db.SingleDelete(key(1), pebble.NoSync))
			must(db.DeleteSized(key(2), 20, pebble.NoSync))
			must(db.DeleteRange(key(50), key(85), pebble.NoSync))
			must(db.Set(key(57), []byte("set again"), pebble.NoSync))
			must(db.DeleteRange([]byte("key/03"), []byte("key/04"), pebble.NoSync))
			must(db.DeleteRange([]byte("key/0"), []byte("key/03/00100"), pebble.NoSync))
			set(db, 20, 30)
			flush(db)
			must(db.DeleteRange([]byte("key/06"), []byte("key/08"), pebble.NoSync))
			must(db.Set(key(6), []byte("behind the range"), pebble.NoSync))
			flush(db)
		}},
		{name: "two-level-index", tune: func(o *pebble.Options) {
			levels(o, func(l *pebble.LevelOptions) { l.IndexBlockSize = 128 })
		}, fill: func(db *pebble.DB, dir string) { set(db, 0, 250); flush(db); compact(db) }},
		{name: "two-level-index-rows", format: pebble.FormatFlushableIngest, tune: func(o *pebble.Options) {
			levels(o, func(l *pebble.LevelOptions) { l.IndexBlockSize = 128 })
		}, fill: func(db *pebble.DB, dir string) { set(db, 0, 250); flush(db); compact(db) }},
		{name: "zstd", tune: compression(sstable.ZstdCompression), fill: func(db *pebble.DB, dir string) { set(db, 0, 100); flush(db) }},
		{name: "snappy", tune: compression(sstable.SnappyCompression), fill: func(db *pebble.DB, dir string) { set(db, 0, 100); flush(db) }},
		{name: "uncompressed", tune: compression(sstable.NoCompression), fill: func(db *pebble.DB, dir string) { set(db, 0, 100); flush(db) }},
		{name: "long-values", fill: func(db *pebble.DB, dir string) {
			for n := 0; n < 2; n++ {
				must(db.Set(key(n), bytes.Repeat([]byte{byte(n), 'x'}, 20000), pebble.NoSync))
			}
			must(db.Set(bytes.Repeat([]byte("k"), 5000), nil, pebble.NoSync))
			must(db.Set([]byte{}, []byte("of the empty key"), pebble.NoSync))
			flush(db)
		}},
		{name: "ingested", fill: func(db *pebble.DB, dir string) {
			set(db, 0, 60)
			flush(db)
			path := table(filepath.Join(dir, "in"), sstable.TableFormatPebblev7, numbers(0, 60, 2), func(w *sstable.Writer) {
				must(w.DeleteRange([]byte("key/05"), []byte("key/06")))
			}, nil)
			must(db.Ingest(context.Background(), []string{path}))
			must(db.Set(key(4), []byte("newer than ingested"), pebble.NoSync))
			flush(db)
		}},
		{name: "excised", fill: func(db *pebble.DB, dir string) {
			set(db, 0, 120)
			must(db.DeleteRange([]byte("key/02"), []byte("key/04"), pebble.NoSync))
			set(db, 0, 20)
			flush(db)
			must(db.Excise(context.Background(), pebble.KeyRange{Start: []byte("key/01"), End: []byte("key/02/00040")}))
			must(db.Excise(context.Background(), pebble.KeyRange{Start: []byte("key/05/00050"), End: []byte("key/05/00080")}))
			path := table(filepath.Join(dir, "in"), sstable.TableFormatPebblev7, []int{8, 15}, nil, nil)
			_, err := db.IngestAndExcise(context.Background(), []string{path}, nil, nil,
				pebble.KeyRange{Start: []byte("key/01"), End: []byte("key/02")})
			must(err)
		}},
		{name: "rewritten-manifest", tune: func(o *pebble.Options) { o.MaxManifestFileSize = 1 }, fill: func(db *pebble.DB, dir string) {
			for i := 0; i < 10; i++ {
				set(db, i*7, i*7+9)
				flush(db)
			}
			compact(db)
			set(db, 0, 3)
			flush(db)
		}},
		{name: "log", refused: "holds records", open: true, fill: func(db *pebble.DB, dir string) {
			set(db, 0, 10)
			flush(db)
			must(db.Set(key(99), value(99), pebble.Sync))
		}},
		{name: "merge", refused: "merged", fill: func(db *pebble.DB, dir string) {
			must(db.Merge(key(1), value(1), pebble.NoSync))
			flush(db)
		}},
		{name: "range-keys", refused: "range keys", fill: func(db *pebble.DB, dir string) {
			set(db, 0, 3)
			must(db.RangeKeySet(key(1), key(2), nil, value(1), pebble.NoSync))
			flush(db)
		}},
		{name: "blob-values", refused: "blob files", tune: func(o *pebble.Options) {
			o.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
				return pebble.ValueSeparationPolicy{Enabled: true, MinimumSize: 10, MaxBlobReferenceDepth: 4, TargetGarbageRatio: 1}
			}
		}, fill: func(db *pebble.DB, dir string) { set(db, 0, 50); flush(db) }},
		{name: "value-blocks", refused: "outside their rows", tune: func(o *pebble.Options) {
			o.Experimental.EnableValueBlocks = func() bool { return true }
		}, fill: func(db *pebble.DB, dir string) {
			set(db, 0, 5)
			s := db.NewSnapshot()
			set(db, 0, 5)
			flush(db)
			must(s.Close())
		}},
		{name: "minlz", refused: "MinLZ", tune: compression(sstable.MinLZCompression), fill: func(db *pebble.DB, dir string) { set(db, 0, 300); flush(db) }},
		{name: "comparer", refused: "another order", tune: func(o *pebble.Options) {
			c := *pebble.DefaultComparer
			c.Name = "another"
			o.Comparer = &c
		}, fill: func(db *pebble.DB, dir string) { set(db, 0, 3); flush(db) }},
	}
	for v := sstable.TableFormatPebblev1; v <= sstable.TableFormatPebblev7; v++ {
		v := v
		list = append(list, test{name: fmt.Sprintf("table-%d", int(v-sstable.TableFormatPebblev1)+1), fill: func(db *pebble.DB, dir string) {
			set(db, 0, 50)
			flush(db)
			a := table(filepath.Join(dir, "a"), v, numbers(10, 150, 1), func(w *sstable.Writer) {
				must(w.DeleteRange([]byte("key/00"), []byte("key/00/00030")))
				must(w.DeleteRange([]byte("key/04"), []byte("key/04/00020")))
			}, nil)
			must(db.Ingest(context.Background(), []string{a}))
			b := table(filepath.Join(dir, "b"), v, numbers(0, 300, 2), nil, func(o *sstable.WriterOptions) { o.IndexBlockSize = 200 })
			must(db.Ingest(context.Background(), []string{b}))
		}})
	}
	for _, f := range []pebble.FormatMajorVersion{pebble.FormatFlushableIngest, pebble.FormatDeleteSizedAndObsolete, pebble.FormatColumnarBlocks, pebble.FormatTableFormatV6} {
		list = append(list, test{name: fmt.Sprintf("format-%d", int(f)), format: f, fill: func(db *pebble.DB, dir string) {
			set(db, 0, 80)
			must(db.Delete(key(3), pebble.NoSync))
			must(db.DeleteRange(key(10), key(17), pebble.NoSync))
			flush(db)
			set(db, 70, 120)
			flush(db)
			compact(db)
			set(db, 0, 5)
			flush(db)
		}})
	}
	for seed := int64(1); seed <= 2; seed++ {
		list = append(list, test{name: fmt.Sprintf("random-%d", seed), fill: random(seed, 1500)})
	}
	return list
}

// dump is what the database shows, a line a record.
func dump(db *pebble.DB) []byte {
	var out bytes.Buffer
	it, err := db.NewIter(nil)
	must(err)
	for ok := it.First(); ok; ok = it.Next() {
		fmt.Fprintf(&out, "%x %x\n", it.Key(), it.Value())
	}
	must(it.Error())
	must(it.Close())
	return out.Bytes()
}

// envelope packs a folder as a file of format v3, payload encoding 1.
func envelope(folder string) []byte {
	var packed, out bytes.Buffer
	z, err := zstd.NewWriter(&packed, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1))
	must(err)
	w := tar.NewWriter(z)
	entries, err := os.ReadDir(folder)
	must(err)
	for _, entry := range entries {
		name := entry.Name()
		if name == "LOCK" || strings.HasPrefix(name, "OPTIONS") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		must(err)
		must(w.WriteHeader(&tar.Header{Name: name, Mode: 0644, Size: int64(len(data)), Format: tar.FormatUSTAR}))
		_, err = w.Write(data)
		must(err)
	}
	must(w.Close())
	must(z.Close())
	manifest := "\x0a\x07pebble3\x10\x18\x20\x01"
	out.WriteString("C1Z3\x00")
	must(binary.Write(&out, binary.BigEndian, uint32(len(manifest))))
	out.WriteString(manifest)
	out.Write(packed.Bytes())
	return out.Bytes()
}

func run(t test, to string) {
	dir, err := os.MkdirTemp("", "pebble")
	must(err)
	defer os.RemoveAll(dir)
	folder := filepath.Join(dir, "db")
	db, err := pebble.Open(folder, options(t))
	must(err)
	t.fill(db, dir)
	if !t.open {
		flush(db)
	}
	keys := dump(db)
	var file []byte
	if t.open {
		file = envelope(folder)
	}
	must(db.Close())
	if !t.open {
		file = envelope(folder)
	}
	must(os.WriteFile(filepath.Join(to, t.name+".c1z"), file, 0666))
	if t.refused != "" {
		must(os.WriteFile(filepath.Join(to, t.name+".refused"), []byte(t.refused+"\n"), 0666))
		return
	}
	must(os.WriteFile(filepath.Join(to, t.name+".keys"), keys, 0666))
}

func main() {
	for _, t := range tests() {
		run(t, os.Args[1])
	}
}
