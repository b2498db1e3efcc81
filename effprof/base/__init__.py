"""The vocabulary and the values every other room stands on."""
