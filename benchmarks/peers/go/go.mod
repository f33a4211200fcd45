module conntrail/peer

go 1.19
