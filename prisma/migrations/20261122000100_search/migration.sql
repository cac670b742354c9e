-- Search in the contents of posts. Written by hand: the schema language has no words for it.
-- The index keeps no copy of the texts (content=''), and 'secure-delete' removes what is deleted from its pages at once:
-- a content that is withheld leaves nothing behind here.
CREATE VIRTUAL TABLE "PostSearch" USING fts5("content", content='', tokenize='trigram');
INSERT INTO "PostSearch" ("PostSearch", rank) VALUES ('secure-delete', 1);

CREATE TRIGGER "PostSearch_insert" AFTER INSERT ON "Post"
WHEN NEW."content" IS NOT NULL AND NOT NEW."withheld"
BEGIN
    INSERT INTO "PostSearch" (rowid, "content") VALUES (NEW."seq", CAST(NEW."content" AS TEXT));
END;

CREATE TRIGGER "PostSearch_hide" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN OLD."content" IS NOT NULL AND NOT OLD."withheld"
BEGIN
    INSERT INTO "PostSearch" ("PostSearch", rowid, "content")
    VALUES ('delete', OLD."seq", CAST(OLD."content" AS TEXT));
END;

CREATE TRIGGER "PostSearch_show" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN NEW."content" IS NOT NULL AND NOT NEW."withheld"
BEGIN
    INSERT INTO "PostSearch" (rowid, "content") VALUES (NEW."seq", CAST(NEW."content" AS TEXT));
END;

CREATE TRIGGER "PostSearch_delete" AFTER DELETE ON "Post"
WHEN OLD."content" IS NOT NULL AND NOT OLD."withheld"
BEGIN
    INSERT INTO "PostSearch" ("PostSearch", rowid, "content")
    VALUES ('delete', OLD."seq", CAST(OLD."content" AS TEXT));
END;
