-- DropIndex
DROP INDEX "Post_supersedes_height_position_idx";

-- CreateIndex
CREATE INDEX "Post_supersedes_author_height_position_idx" ON "Post"("supersedes", "author", "height", "position");
