/** What the client asks of a node. `npm run generate` makes their types. */
import { graphql } from './generated/gql.ts';

/** What a post for the node is signed with: its network, and the work that its pool asks for. */
export const SIGNING = graphql(`
  query ClientSigning {
    node {
      network {
        genesis
      }
      pool {
        knownName: minimumWork
        newName: minimumWork(kind: NEW_NAME)
      }
    }
  }
`);

/** The tip of the best chain, with its cursor. */
export const TIP = graphql(`
  query ClientTip {
    chain(first: 1) {
      edges {
        cursor
        node {
          hash
          height
        }
      }
    }
  }
`);

/** Hands a post in. */
export const SUBMIT = graphql(`
  mutation ClientSubmit($input: TransactionInput!) {
    submitTransaction(input: $input) {
      status {
        state
        reason
        message
      }
    }
  }
`);

/** The receipt of a post, and its state for the error when there is none. */
export const RECEIPT = graphql(`
  query ClientReceipt($id: Hexadecimal!, $depth: NonNegativeInt) {
    transaction(id: $id) {
      receipt(depth: $depth)
    }
    transactionStatus(id: $id) {
      state
    }
  }
`);

/** The status of a post, now and whenever it changes. */
export const LIFE = graphql(`
  subscription ClientLife($id: Hexadecimal!) {
    transactionStatus(id: $id) {
      state
      reason
      message
      confirmations
      block {
        hash
        height
      }
    }
  }
`);

graphql(`
  fragment ReadPost on Transaction {
    ...FollowedPost
    position
    status {
      state
      confirmations
    }
    block {
      hash
      height
      time
    }
  }
`);

/** A page of posts on the best chain. */
export const POSTS = graphql(`
  query ClientPosts(
    $filter: TransactionFilter
    $order: ChainOrder!
    $asOf: Hexadecimal
    $first: Int
    $after: String
  ) {
    transactions(filter: $filter, order: $order, asOf: $asOf, first: $first, after: $after) {
      nodes {
        ...ReadPost
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** One post. */
export const POST = graphql(`
  query ClientPost($id: Hexadecimal!) {
    transaction(id: $id) {
      ...ReadPost
    }
  }
`);

/** The owner of a name. */
export const AUTHOR = graphql(`
  query ClientAuthor($name: String!) {
    author(name: $name) {
      name
      publicKey
      since {
        hash
        height
        time
      }
    }
  }
`);

/** Fragments need no name here: documents include them by theirs. */
graphql(`
  fragment FollowedPost on Transaction {
    id
    author
    publicKey
    timestamp
    topics
    replyTo
    supersedes
    content
    contentState
    size
    withheld {
      at
      reason
      erased
    }
  }
`);

graphql(`
  fragment FollowedPosts on TransactionConnection {
    nodes {
      ...FollowedPost
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

/** Steps of the best chain, each with the first hundred posts of its block. */
export const STEPS = graphql(`
  subscription ClientSteps($after: String!) {
    chainChanged(after: $after) {
      cursor
      kind
      node {
        hash
        height
        previousHash
        time
        transactionCount
        transactions(first: 100) {
          ...FollowedPosts
        }
      }
    }
  }
`);

/** Another page of the posts of a block. */
export const MORE_POSTS = graphql(`
  query ClientMorePosts($hash: Hexadecimal!, $after: String) {
    block(hash: $hash) {
      transactions(first: 100, after: $after) {
        ...FollowedPosts
      }
    }
  }
`);
