-- Statements have two more fields, and names a history of keys. Posts of before are void by the protocol as it is now, so the
-- node refuses a database that holds any (src/store/sqlite/prepare.ts), and no row is carried over.

-- AlterTable
ALTER TABLE "Post" ADD COLUMN "successor" TEXT;
ALTER TABLE "Post" ADD COLUMN "supersedes" TEXT;

-- DropTable
DROP TABLE "Name";

-- CreateTable
CREATE TABLE "Binding" (
    "name" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "successor" TEXT,
    "height" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "skeleton" TEXT NOT NULL,

    PRIMARY KEY ("name", "height", "position")
);

-- CreateIndex
CREATE INDEX "Binding_publicKey_height_idx" ON "Binding"("publicKey", "height");

-- CreateIndex
CREATE INDEX "Binding_skeleton_idx" ON "Binding"("skeleton");

-- CreateIndex
CREATE INDEX "Binding_height_idx" ON "Binding"("height");

-- CreateIndex
CREATE INDEX "Post_supersedes_height_position_idx" ON "Post"("supersedes", "height", "position");
