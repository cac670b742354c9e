-- Numbers in the GiST index below.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- AlterTable
ALTER TABLE "PostTopic" ADD COLUMN     "author" TEXT COLLATE "C";

-- The rows that are stored already.
UPDATE "PostTopic" t SET "author" = p."author" FROM "Post" p WHERE p."seq" = t."postSeq";
ALTER TABLE "PostTopic" ALTER COLUMN "author" SET NOT NULL;

-- CreateIndex
CREATE INDEX "PostTopic_topic_author_height_position_idx" ON "PostTopic"("topic", "author", "height", "position");

-- The posts of a time in the order of their places (src/store/postgres/timedPosts.ts): no other index has both.
CREATE INDEX "Post_place_timestamp_idx" ON "Post" USING GIST (("height"::int8 * 8192 + "position"), "timestamp")
  WHERE "height" IS NOT NULL;
