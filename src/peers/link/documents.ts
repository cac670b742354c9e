/** All operations between nodes. */
import { graphql } from './generated/gql.ts';

export const GREET = graphql(`
  mutation Greet($hello: HelloInput!) {
    addPeer(input: { hello: $hello }) {
      outcome
      message
      addresses
      node {
        id
        version
        protocol
        publicUrl
        network {
          genesis
        }
        tip {
          hash
          height
          chainWork
        }
      }
    }
  }
`);

export const HEADERS = graphql(`
  query Headers($locator: [Hexadecimal!]!, $first: PositiveInt!) {
    headers(locator: $locator, first: $first)
  }
`);

export const BODY = graphql(`
  query Body($hash: Hexadecimal!, $only: [Hexadecimal!]) {
    block(hash: $hash) {
      body(only: $only) {
        ...Post
      }
    }
  }

  fragment Post on Transaction {
    statement
    signature
    content
    salt
  }
`);

export const POSTS = graphql(`
  query Posts($ids: [Hexadecimal!]!) {
    transactionsById(ids: $ids) {
      ...Post
    }
  }
`);

export const LACKING = graphql(`
  query Lacking {
    missingContents
  }
`);

export const PENDING = graphql(`
  query Pending($first: Int!, $after: String) {
    pendingTransactions(first: $first, after: $after) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const OFFER = graphql(`
  mutation Offer($input: AddBlockInput!) {
    addBlock(input: $input) {
      outcome
      reason
      message
      missing
    }
  }
`);

export const SUBMIT = graphql(`
  mutation Submit($transactions: [TransactionInput!]!) {
    submitTransactions(input: { transactions: $transactions }) {
      statuses {
        state
      }
    }
  }
`);

export const CHAIN_CHANGED = graphql(`
  subscription Chain($digits: PositiveInt!) {
    chainChanged {
      kind
      node {
        hash
        header
        height
        chainWork
        transactionIds(digits: $digits)
      }
    }
  }
`);

export const POST_PENDING = graphql(`
  subscription Arrivals {
    transactionPending {
      id
    }
  }
`);

export const CONTENT_REVEALED = graphql(`
  subscription Revelations {
    transactionRevealed {
      id
    }
  }
`);

/** Answered at once: by then whatever was asked for before it on the same connection stands. */
export const STANDS = graphql(`
  query Stands {
    node {
      id
    }
  }
`);
