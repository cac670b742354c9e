-- The index of texts moves to a file of its own (src/store/search), where another thread writes it beside the chain.
-- What it holds can be made anew from the posts, so nothing is carried over.
DROP TRIGGER "PostSearch_insert";
DROP TRIGGER "PostSearch_hide";
DROP TRIGGER "PostSearch_show";
DROP TRIGGER "PostSearch_delete";
DROP TABLE "PostSearch";

-- CreateTable
CREATE TABLE "TextChange" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "postSeq" INTEGER NOT NULL,
    "hidden" BLOB
);

-- Written by hand: the schema language has no words for triggers. What the index must learn of posts it may know already;
-- new posts it finds by their order. Each tells of a text that comes or goes, never of one that stays.
CREATE TRIGGER "TextChange_hide" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN OLD."content" IS NOT NULL AND NOT OLD."withheld" AND (NEW."content" IS NULL OR NEW."withheld")
BEGIN
    INSERT INTO "TextChange" ("postSeq", "hidden") VALUES (OLD."seq", OLD."content");
END;

CREATE TRIGGER "TextChange_show" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN NEW."content" IS NOT NULL AND NOT NEW."withheld" AND (OLD."content" IS NULL OR OLD."withheld")
BEGIN
    INSERT INTO "TextChange" ("postSeq") VALUES (NEW."seq");
END;

CREATE TRIGGER "TextChange_delete" AFTER DELETE ON "Post"
WHEN OLD."content" IS NOT NULL AND NOT OLD."withheld"
BEGIN
    INSERT INTO "TextChange" ("postSeq", "hidden") VALUES (OLD."seq", OLD."content");
END;
