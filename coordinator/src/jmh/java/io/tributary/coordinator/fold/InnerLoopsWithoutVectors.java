package io.tributary.coordinator.fold;

import org.openjdk.jmh.annotations.Fork;

/** The same code compiled value by value: what the compiler's vectors are worth. */
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-Xms1g", "-XX:-UseSuperWord"})
public class InnerLoopsWithoutVectors extends InnerLoops {}
