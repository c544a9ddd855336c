// Package humanframe is the notation: the text from which frames are made and
// as which records are printed. docs/notation.md is its specification.
//
//	text ──▶ Scanner ──▶ Line ──▶ Encoder ──▶ Item{Bytes}
//	codec.Record ──▶ Printer ──▶ text
//
// What is said here is about documents: lines, directives, directions and
// what bytes that are no frame look like. The text of a frame itself belongs
// to its protocol.
package humanframe
