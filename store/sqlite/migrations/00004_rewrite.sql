-- +goose NO TRANSACTION
-- +goose Up
-- Before this version pages that were given back kept what stood on them. Written anew, once, the file holds nothing but what
-- it shows. It takes as much space again as the file has, in the folder of the file and in that of temporary files, until it
-- is done; without that it fails and leaves the file as it was.
PRAGMA temp_store = FILE;
VACUUM;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA temp_store = MEMORY;
