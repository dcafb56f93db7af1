module stemma.invalid/peers/note

go 1.25.0

require golang.org/x/mod v0.37.0
