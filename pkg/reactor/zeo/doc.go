// Package zeo plays a ZEO server: a hub of clients around a
// [storage.Storage], with the ways of ZODB 3.9.7 to ZEO 6. What it does was
// read in, and held against, these programs; where it differs, the page of the
// protocol says so.
package zeo
