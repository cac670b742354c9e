-- CreateTable
CREATE TABLE "MissingContent" (
    "postSeq" INTEGER NOT NULL PRIMARY KEY
);

INSERT INTO "MissingContent" SELECT "seq" FROM "Post" WHERE "content" IS NULL AND NOT "withheld";

-- Written by hand: the schema language has no words for triggers.
CREATE TRIGGER "MissingContent_insert" AFTER INSERT ON "Post"
WHEN NEW."content" IS NULL AND NOT NEW."withheld"
BEGIN
    INSERT INTO "MissingContent" ("postSeq") VALUES (NEW."seq");
END;

CREATE TRIGGER "MissingContent_gone" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN OLD."content" IS NULL AND NOT OLD."withheld" AND (NEW."content" IS NOT NULL OR NEW."withheld")
BEGIN
    DELETE FROM "MissingContent" WHERE "postSeq" = OLD."seq";
END;

CREATE TRIGGER "MissingContent_again" AFTER UPDATE OF "content", "withheld" ON "Post"
WHEN NEW."content" IS NULL AND NOT NEW."withheld" AND (OLD."content" IS NOT NULL OR OLD."withheld")
BEGIN
    INSERT INTO "MissingContent" ("postSeq") VALUES (NEW."seq");
END;

CREATE TRIGGER "MissingContent_delete" AFTER DELETE ON "Post"
WHEN OLD."content" IS NULL AND NOT OLD."withheld"
BEGIN
    DELETE FROM "MissingContent" WHERE "postSeq" = OLD."seq";
END;
