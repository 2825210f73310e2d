package io.tributary.examples.spam;

/**
 * A mail, ready to be learned from.
 *
 * @param list who received it: a mailing list or the local part of an address
 * @param spam whether its collectors say so
 * @param text what is read in it
 */
public record Mail(String list, boolean spam, String text) {}
