-- DropIndex
DROP INDEX "PostText_folded_idx";

-- DropIndex
DROP INDEX "PostText_grams_idx";

-- Grams of author and topics, as src/store/postgres/grams.ts spells them, for the texts that are stored already.
UPDATE "PostText" x SET "grams" = x."grams" || ('n' || encode(convert_to(p."author", 'UTF8'), 'hex')) || ARRAY(
  SELECT 't' || encode(convert_to(t."topic", 'UTF8'), 'hex') FROM "PostTopic" t WHERE t."postSeq" = p."seq")
FROM "Post" p WHERE p."seq" = x."postSeq";

-- CreateIndex
CREATE INDEX "PostText_grams_folded_idx" ON "PostText" USING GIN ("grams", "folded" gin_trgm_ops);
