//! Questions to models that are not conversations: embeddings, reranking, images, audio.
