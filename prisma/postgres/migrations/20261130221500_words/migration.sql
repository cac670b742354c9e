-- The pairs and groups of three characters of a word: what words are found by when a part of them is looked for.
CREATE FUNCTION "stele_grams"(word TEXT) RETURNS TEXT[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT DISTINCT substr(word, i, n) FROM generate_series(2, 3) n, generate_series(1, length(word) + 1 - n) i)
$$;

-- The eras of the n-th post of the chain, from small ones to large ones (src/store/postgres/eras.ts).
CREATE FUNCTION "stele_eras"(ordinal INTEGER) RETURNS INTEGER[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY[
    (ordinal >> 10) << 3, (ordinal >> 12) << 3 | 1, (ordinal >> 14) << 3 | 2,
    (ordinal >> 16) << 3 | 3, (ordinal >> 18) << 3 | 4, (ordinal >> 20) << 3 | 5]
$$;

-- CreateTable
CREATE TABLE "Word" (
    "word" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Word_pkey" PRIMARY KEY ("word")
);

-- The texts that are stored already, with their words: those of more than 40 characters in pieces of 40, one every 20, as
-- src/store/postgres/words.ts cuts them. In the order of the chain, so that the posts of an era lie together.
ALTER TABLE "PostText" RENAME TO "OldText";
ALTER TABLE "OldText" RENAME CONSTRAINT "PostText_pkey" TO "OldText_pkey";

-- CreateTable
CREATE TABLE "PostText" (
    "postSeq" INTEGER NOT NULL,
    "ordinal" INTEGER,
    "folded" TEXT COLLATE "C" NOT NULL,
    "words" TEXT[] COLLATE "C",
    "names" TEXT[] COLLATE "C",

    CONSTRAINT "PostText_pkey" PRIMARY KEY ("postSeq")
);

INSERT INTO "PostText"
SELECT p."seq", b."chainPosts" - b."transactionCount" + p."position", x."folded",
  CASE WHEN spaced ~ '[^ ]{41}' THEN ARRAY(
    SELECT substr(w, 20 * i + 1, 40)
    FROM unnest(array_remove(string_to_array(spaced, ' '), '')) w, generate_series(0, greatest((length(w) - 21) / 20, 0)) i)
  ELSE array_remove(string_to_array(spaced, ' '), '') END,
  ARRAY['n' || encode(convert_to(p."author", 'UTF8'), 'hex'), 'k' || left(p."publicKey", 16)] || ARRAY(
    SELECT 't' || encode(convert_to(t."topic", 'UTF8'), 'hex') FROM "PostTopic" t WHERE t."postSeq" = p."seq")
    || CASE WHEN p."replyTo" IS NULL THEN '{}' ELSE ARRAY['r' || left(p."replyTo", 16)] END
FROM "OldText" x JOIN "Post" p ON p."seq" = x."postSeq" LEFT JOIN "Block" b ON b."bestHeight" = p."height",
  regexp_replace(x."folded", '[\t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]', ' ', 'g') spaced
ORDER BY p."height", p."position";

DROP TABLE "OldText";

INSERT INTO "Word" SELECT DISTINCT w FROM "PostText", unnest("words") w;

-- AddForeignKey
ALTER TABLE "PostText" ADD CONSTRAINT "PostText_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE CASCADE ON UPDATE CASCADE;

-- A word is there as long as a text has it, so that what is erased leaves none behind.
CREATE FUNCTION "stele_texts_added"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Word" SELECT DISTINCT w FROM added, unnest(added."words") w ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION "stele_texts_removed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "Word" o USING (SELECT DISTINCT w FROM removed, unnest(removed."words") w) r
  WHERE o."word" = r.w AND NOT EXISTS (SELECT FROM "PostText" x WHERE x."words" @> ARRAY[r.w]);
  RETURN NULL;
END $$;

CREATE TRIGGER "PostText_added" AFTER INSERT ON "PostText" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "stele_texts_added"();
CREATE TRIGGER "PostText_removed" AFTER DELETE ON "PostText" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION "stele_texts_removed"();

-- Each search looks through all that waits to be put into the indexes, so little does (KB).
CREATE INDEX "PostText_eras_names_words_idx" ON "PostText" USING GIN (("stele_eras"("ordinal")), "names", "words")
  WITH (gin_pending_list_limit = 128);
CREATE INDEX "Word_grams_idx" ON "Word" USING GIN (("stele_grams"("word"))) WITH (gin_pending_list_limit = 128);
