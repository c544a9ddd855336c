module github.com/wirectl/wirectl

go 1.26
