// Package zeo plays a ZEO server, a hub of clients around a
// [storage.Storage], and its clients, with the ways of ZODB 3.9.7 to ZEO 6.
// What they do was read in, and held against, these programs; where they
// differ, the page of the protocol says so.
package zeo
