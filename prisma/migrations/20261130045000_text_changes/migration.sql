-- 20261122150000_search_beside was edited on the day it landed, so two kinds of databases have it. This makes their
-- triggers the same. Each trigger tells of a text that comes or goes, never of one that stays.
DROP TRIGGER "TextChange_hide";
DROP TRIGGER "TextChange_show";

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
